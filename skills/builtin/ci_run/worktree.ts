/**
 * The git worktree of a job (FR25): a bare repository and one worktree of it, in a folder of the job's own.
 *
 * ```text
 * workdir/repo.git   what was fetched; nothing of ours runs git on it once the command has run
 * workdir/tree       the worktree, where the command runs
 * workdir/home       HOME of the command
 * workdir/temp       /tmp of the command
 * ```
 * An attempt begins by removing what an earlier one left.
 *
 * @module
 */
import { SkillError } from "../../skill_error.ts";
import type { Git } from "./git.ts";
import type { HereInput } from "./spec.ts";
import { makeLinks } from "../../sandbox/shown_copy.ts";
import type { Tools } from "../../sandbox/tools.ts";
import { type ArchiveEntry, type ArchiveLimits, gunzipBounded, readTar } from "./tar_reader.ts";

/** A prepared worktree. */
export interface Worktree {
  /** Where the files are and the command runs. */
  readonly tree: string;
  /** The bare repository it belongs to. */
  readonly repository: string;
  /** `HOME` of the command. */
  readonly home: string;
  /** `/tmp` of the command. */
  readonly temp: string;
  /** The commit that was checked out, in hex; null where the input is no repository. */
  readonly commit: string | null;
}

/** Makes the worktree of a job. Throws SkillError (`bad_input`, `bad_archive`, `too_large`, `git_failed`, `git_limit`). */
export async function makeWorktree(
  input: HereInput,
  workdir: string,
  git: Git,
  tools: Tools,
  limits: ArchiveLimits,
): Promise<Worktree> {
  const worktree = {
    tree: `${workdir}/tree`,
    repository: `${workdir}/repo.git`,
    home: `${workdir}/home`,
    temp: `${workdir}/temp`,
  };
  await Deno.mkdir(worktree.home, { recursive: true, mode: 0o700 });
  await Deno.mkdir(worktree.temp, { recursive: true, mode: 0o700 });
  await git.run(["init", "--quiet", "--bare", "--template=", worktree.repository]);
  const at = ["-C", worktree.repository];
  let commit: string | null = null;
  if (input.type === "bundle") commit = await fetchBundle(input.bytes, workdir, at, git);
  if (input.type === "repository") commit = await fetchRepository(input, at, git);
  if (commit !== null) await checkTree(commit, at, git, limits);
  const entries = input.type === "tar" ? readTar(await rawTar(input.bytes, limits), limits) : [];
  const start = commit ?? await emptyCommit(at, git);
  await git.run([...at, "worktree", "add", "--quiet", "--detach", worktree.tree, start]);
  // Relative, so that it also holds where the sandbox shows it.
  await Deno.writeTextFile(`${worktree.tree}/.git`, "gitdir: ../repo.git/worktrees/tree\n");
  await writeEntries(worktree.tree, entries, tools);
  if (input.type === "file") await Deno.writeFile(`${worktree.tree}/${input.name}`, input.bytes);
  return { ...worktree, commit };
}

/** A tar that came as a list of chunks is unpacked already. */
async function rawTar(bytes: Uint8Array, { totalBytes }: ArchiveLimits): Promise<Uint8Array> {
  const isRaw = bytes.length >= TAR_BLOCK && bytes.length <= totalBytes &&
    new TextDecoder("latin1").decode(bytes.subarray(257, 262)) === "ustar";
  return isRaw ? bytes : await gunzipBounded(bytes, totalBytes);
}

const TAR_BLOCK = 512;

async function fetchBundle(
  bytes: Uint8Array,
  workdir: string,
  at: readonly string[],
  git: Git,
): Promise<string> {
  const file = `${workdir}/input.bundle`;
  await Deno.writeFile(file, bytes, { mode: 0o600 });
  const heads = decode(await git.run([...at, "bundle", "list-heads", file])).trim().split("\n");
  const names = heads.map((line) => line.slice(line.indexOf(" ") + 1)).filter((name) => name);
  const name = names.includes("HEAD") ? "HEAD" : names[0];
  if (name === undefined || !/^(HEAD|refs\/[A-Za-z0-9._/-]+)$/.test(name)) {
    throw new SkillError("bad_input", "the bundle names no branch, tag or HEAD to run");
  }
  await fetchRef(file, name, "file", at, git);
  await Deno.remove(file);
  return await resolve("refs/crosstown/job", at, git);
}

async function fetchRepository(
  input: Extract<HereInput, { type: "repository" }>,
  at: readonly string[],
  git: Git,
): Promise<string> {
  const protocol = input.url.startsWith("https:") ? "https" : "http";
  const wanted = input.commit ?? "HEAD";
  try {
    // A plain file server has no shallow fetches.
    await fetchRef(input.url, wanted, protocol, at, git, ["--depth=1"])
      .catch(onlyFailed(() => fetchRef(input.url, wanted, protocol, at, git)));
    return await resolve("refs/crosstown/job", at, git);
  } catch (error) {
    // A short id, or a server that gives no single commits: take its branches and tags and look there.
    if (!(error instanceof SkillError) || error.code !== "git_failed") throw error;
    if (input.commit === null) throw error;
    await git.run([
      ...at,
      ...FETCH,
      input.url,
      "+refs/heads/*:refs/remotes/origin/*",
      "+refs/tags/*:refs/tags/*",
    ], { protocol, timeoutMs: 120_000 });
    return await resolve(input.commit, at, git).catch(
      onlyFailed(() => resolve(`refs/remotes/origin/${input.commit}`, at, git)),
    );
  }
}

function onlyFailed<T>(otherwise: () => Promise<T>): (error: unknown) => Promise<T> {
  return (error) => {
    if (error instanceof SkillError && error.code === "git_failed") return otherwise();
    throw error;
  };
}

const FETCH = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc"];

async function fetchRef(
  from: string,
  name: string,
  protocol: "file" | "https" | "http",
  at: readonly string[],
  git: Git,
  flags: readonly string[] = [],
): Promise<void> {
  const args = [...at, ...FETCH, ...flags, from, `+${name}:refs/crosstown/job`];
  await git.run(args, { protocol, timeoutMs: 120_000 });
}

async function resolve(name: string, at: readonly string[], git: Git): Promise<string> {
  const args = [...at, "rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const commit = decode(await git.run(args)).trim();
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw new SkillError("bad_input", "no such commit");
  return commit;
}

async function emptyCommit(at: readonly string[], git: Git): Promise<string> {
  const tree = decode(await git.run([...at, "hash-object", "-t", "tree", "-w", "/dev/null"]));
  return decode(await git.run([...at, "commit-tree", "-m", "input", tree.trim()])).trim();
}

/** A few objects can name thousands of millions of files; so they are counted before one is written. */
async function checkTree(
  commit: string,
  at: readonly string[],
  git: Git,
  limits: ArchiveLimits,
): Promise<void> {
  const args = [...at, "ls-tree", "-r", "-l", "-z", "--full-tree", commit];
  let list: Uint8Array;
  try {
    list = await git.run(args, { outputBytes: limits.entries * 200 });
  } catch (error) {
    if (!(error instanceof SkillError) || error.code !== "git_limit") throw error;
    throw new SkillError("too_large", `the commit has more than ${limits.entries} files`);
  }
  let entries = 0;
  let totalBytes = 0;
  for (const line of decode(list).split("\0")) {
    if (line === "") continue;
    entries++;
    totalBytes += Number(line.slice(0, line.indexOf("\t")).trim().split(/\s+/)[3]) || 0;
  }
  if (entries > limits.entries || totalBytes > limits.totalBytes) {
    throw new SkillError(
      "too_large",
      `the commit has ${entries} files of ${totalBytes} bytes, ` +
        `allowed are ${limits.entries} of ${limits.totalBytes}`,
    );
  }
}

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

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
