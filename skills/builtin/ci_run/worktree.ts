/**
 * The git worktree of a job: a bare repository and one worktree of it, in the job's own folder.
 *
 * ```text
 * workdir/repo.git   the fetched repository; after the command has run, this program never runs git on it
 * workdir/tree       the worktree, where the command runs
 * workdir/home       HOME of the command
 * workdir/temp       /tmp of the command
 * ```
 * Each attempt starts in an empty folder.
 *
 * @module
 */
import { checkOut, type KeptFor } from "./check_out.ts";
import type { Git } from "./git.ts";
import type { HereInput } from "./spec.ts";
import { makeLinks } from "../../sandbox/shown_copy.ts";
import type { Tools } from "../../sandbox/tools.ts";
import { type ArchiveEntry, type ArchiveLimits, gunzipBounded, readTar } from "./tar_reader.ts";

/** A prepared worktree. */
export interface Worktree {
  /** The folder of the files, where the command runs. */
  readonly tree: string;
  /** The bare repository of the worktree. */
  readonly repository: string;
  /** `HOME` of the command. */
  readonly home: string;
  /** `/tmp` of the command. */
  readonly temp: string;
  /** The checked-out commit in hex; null if the input is not a repository. */
  readonly commit: string | null;
}

/** What making a worktree needs. */
interface WorktreeOptions {
  /** The job's own folder. */
  readonly workdir: string;
  readonly git: Git;
  readonly tools: Tools;
  readonly limits: ArchiveLimits;
  /** The repositories of earlier jobs; null or missing if none are kept. */
  readonly kept?: KeptFor | null;
}

/** Makes the worktree of a job. Throws SkillError (`bad_input`, `bad_archive`, `too_large`, `git_failed`, `git_limit`). */
export async function makeWorktree(
  input: HereInput,
  { workdir, git, tools, limits, kept = null }: WorktreeOptions,
): Promise<Worktree> {
  const worktree = {
    tree: `${workdir}/tree`,
    repository: `${workdir}/repo.git`,
    home: `${workdir}/home`,
    temp: `${workdir}/temp`,
  };
  await Deno.mkdir(worktree.home, { recursive: true, mode: 0o700 });
  await Deno.mkdir(worktree.temp, { recursive: true, mode: 0o700 });
  const place = { ...worktree, workdir, git, limits };
  const commit = await checkOut(input, place, kept);
  const entries = input.type === "tar" ? readTar(await rawTar(input.bytes, limits), limits) : [];
  await writeEntries(worktree.tree, entries, tools);
  if (input.type === "file") await Deno.writeFile(`${worktree.tree}/${input.name}`, input.bytes);
  return { ...worktree, commit };
}

/** The unpacked tar. An input that arrived in chunks is not gzipped any more. */
async function rawTar(bytes: Uint8Array, { totalBytes }: ArchiveLimits): Promise<Uint8Array> {
  const isRaw = bytes.length >= TAR_BLOCK && bytes.length <= totalBytes &&
    new TextDecoder("latin1").decode(bytes.subarray(257, 262)) === "ustar";
  return isRaw ? bytes : await gunzipBounded(bytes, totalBytes);
}

const TAR_BLOCK = 512;

async function writeEntries(
  tree: string,
  entries: readonly ArchiveEntry[],
  tools: Tools,
): Promise<void> {
  const links: { readonly path: string; readonly target: string }[] = [];
  for (const entry of entries) {
    const path = `${tree}/${entry.path}`;
    if (entry.type === "folder") await Deno.mkdir(path, { recursive: true, mode: 0o755 });
    else if (entry.type === "link") links.push({ path, target: entry.target });
    else {
      const mode = entry.executable ? 0o755 : 0o644;
      await Deno.writeFile(path, entry.bytes, { createNew: true, mode });
    }
  }
  await makeLinks(links, tools);
}
