/**
 * The working files beside the repository: the content of the newest commit, mode 0600, written by rename and entered into the index, so
 * that `git status` shows none of our files. A file that a user edited is not changed, and is reported.
 *
 * Held: the newest content of files that changed since the last refresh, and the written state of at most 20,000 files.
 *
 * @module
 */
import { reached } from "../../base/crash_point.ts";
import { AuditError } from "./audit_error.ts";
import { BRANCH, type GitPlace, gitText, runGit } from "./git_command.ts";
import { committedFiles, readBlobs } from "./read_repository.ts";
import { readPlainText, replacePlainFileSync } from "../../base/files/plain_file.ts";
import { lstatOrNull } from "../../base/files/missing.ts";

/** The content of a file, or null for none. */
type Content = string | Uint8Array<ArrayBuffer> | null;

/** The working files. See the module. */
export interface WorkFiles {
  /** Files that wait to be written. */
  readonly waiting: number;
  /** Files of the audit that a user changed. */
  readonly edited: readonly string[];
  /** Records a file's content after a commit. */
  note(path: string, content: Content): void;
  /** Finds files that differ from the commit, after a crash or in a new repository. */
  compare(commit: string): Promise<void>;
  /** Writes the waiting files. */
  refresh(commit: string): Promise<void>;
}

/** Paths of the audit's files. */
const OURS =
  /^(\.gitignore|checkpoint\.json|channels\/[^/]+|jobs\/[0-9a-f]{2}\/[^/]+|payment_log\/[^/]+)$/;

const MAX_KNOWN = 20_000;
const COMPARED_AT_ONCE = 1_000;

/** A file's state when it was written. If it differs now, somebody changed the file. */
interface Known {
  readonly ino: number | null;
  readonly size: number;
  readonly mtimeMs: number | null;
}

/** Makes it for one repository. */
export function createWorkFiles(place: GitPlace): WorkFiles {
  const { folder } = place;
  const known = new Map<string, Known>();
  const edited = new Set<string>();
  let waiting = new Map<string, Content>();

  /** Those of these files that a user changed: the repository never had their content. */
  async function foreign(paths: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    const asked: string[] = [];
    for (const path of paths) {
      const info = await lstatOrNull(`${folder}/${path}`);
      if (info === null) continue;
      if (!info.isFile) found.add(path);
      else if (!same(known.get(path), info)) asked.push(path);
    }
    if (asked.length === 0) return found;
    const list = new TextEncoder().encode(asked.map((path) => `${path}\n`).join(""));
    const hashes = await runGit(place, ["hash-object", "--no-filters", "--stdin-paths"], {
      stdin: list,
    });
    const checked = await gitText(place, ["cat-file", "--batch-check=%(objecttype)"], {
      stdin: hashes as Uint8Array<ArrayBuffer>,
    });
    checked.split("\n").forEach((line, at) => {
      if (line.endsWith(" missing")) found.add(asked[at]);
    });
    return found;
  }

  async function write(path: string, content: Content): Promise<void> {
    const file = `${folder}/${path}`;
    if (content === null) {
      await Deno.remove(file).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      known.delete(path);
      return;
    }
    const at = path.lastIndexOf("/");
    if (at > 0) {
      Deno.mkdirSync(`${folder}/${path.slice(0, at)}`, { recursive: true, mode: 0o700 });
    }
    const temporary = `${folder}/.git/crosstown.tmp`;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    // An asynchronous write would go to another thread and back. The `lstat` below is asynchronous, so that a thousand files do not block
    // this thread.
    replacePlainFileSync(temporary, bytes);
    Deno.renameSync(temporary, file);
    reached("audit.file_written");
    const info = await Deno.lstat(file);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(path, knownOf(info));
  }

  /** If a user has checked out another branch, the files of that branch stay. */
  async function isOurBranch(): Promise<boolean> {
    const head = (await readPlainText(`${folder}/.git/HEAD`)).trim();
    if (!/^(ref: refs\/|[0-9a-f]{40,64}$)/.test(head)) {
      throw new AuditError("broken", "the repository's HEAD cannot be read");
    }
    return head === `ref: ${BRANCH}`;
  }

  /** Files below a link, which would be written elsewhere, are skipped. */
  async function throughLinks(paths: readonly string[]): Promise<Set<string>> {
    const folders = new Set(paths.flatMap((path) => {
      const parts = path.split("/").slice(0, -1);
      return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
    }));
    const foreign = new Set<string>();
    for (const each of folders) {
      const info = await lstatOrNull(`${folder}/${each}`);
      if (info !== null && !info.isDirectory) foreign.add(`${each}/`);
    }
    return new Set(paths.filter((path) => [...foreign].some((each) => path.startsWith(each))));
  }

  return {
    get waiting() {
      return waiting.size;
    },
    get edited() {
      return [...edited];
    },
    note(path, content) {
      waiting.set(path, content);
    },
    async compare(commit) {
      if (!await isOurBranch()) return;
      const args = ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=no"];
      const lines = (await gitText(place, args)).split("\0").filter(Boolean);
      const paths = lines.map((line) => line.slice(3)).filter((path) => OURS.test(path));
      if (paths.length === 0) return;
      const blobs = new Map(
        (await committedFiles(place, commit)).map(({ path, blob }) => [path, blob]),
      );
      for (let at = 0; at < paths.length; at += COMPARED_AT_ONCE) {
        const some = paths.slice(at, at + COMPARED_AT_ONCE);
        const held = some.filter((path) => blobs.has(path));
        const contents = await readBlobs(place, held.map((path) => blobs.get(path)!));
        const byPath = new Map(held.map((path, index) => [path, contents[index]]));
        for (const path of some) {
          if (!waiting.has(path)) {
            waiting.set(path, (byPath.get(path) ?? null) as Content);
          }
        }
        await this.refresh(commit);
      }
    },
    async refresh(commit) {
      if (waiting.size === 0) return;
      const files = waiting;
      if (!await isOurBranch()) {
        waiting = new Map();
        return;
      }
      const paths = [...files.keys()];
      const linked = await throughLinks(paths);
      const theirs = await foreign(paths.filter((path) => !linked.has(path)));
      for (const path of linked) theirs.add(path);
      const ours = paths.filter((path) => !theirs.has(path));
      for (const path of ours) {
        await write(path, files.get(path)!);
        edited.delete(path);
      }
      for (const path of theirs) edited.add(path);
      reached("audit.before_index");
      await index(place, ours);
      reached("audit.indexed");
      if (theirs.size > 0) await indexCommitted(place, commit, [...theirs]);
      // Content that was recorded meanwhile stays.
      for (const [path, content] of files) {
        if (waiting.get(path) === content) waiting.delete(path);
      }
    },
  };
}

/** Enters files into the index as they are on the disk. */
async function index(place: GitPlace, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const stdin = new TextEncoder().encode(paths.map((path) => `${path}\0`).join(""));
  await runGit(place, ["update-index", "--add", "--remove", "-z", "--stdin"], { stdin });
}

/** Enters files into the index as they are in the commit. */
async function indexCommitted(
  place: GitPlace,
  commit: string,
  paths: readonly string[],
): Promise<void> {
  const tree = await gitText(place, ["ls-tree", "-z", "--full-tree", commit, "--", ...paths]);
  const there = new Map(
    tree.split("\0").filter(Boolean).map((line) => [line.slice(line.indexOf("\t") + 1), line]),
  );
  const none = "0".repeat(40);
  const lines = paths.map((path) => there.get(path) ?? `0 ${none}\t${path}`);
  const stdin = new TextEncoder().encode(lines.map((line) => `${line}\0`).join(""));
  await runGit(place, ["update-index", "-z", "--index-info"], { stdin });
}

function knownOf({ ino, size, mtime }: Deno.FileInfo): Known {
  return { ino, size, mtimeMs: mtime?.getTime() ?? null };
}

function same(known: Known | undefined, info: Deno.FileInfo): boolean {
  if (known === undefined) return false;
  const now = knownOf(info);
  return now.ino === known.ino && now.size === known.size && now.mtimeMs === known.mtimeMs;
}
