/**
 * Reads the audit's repository without changing it and without network: its commits in order, its files at a commit, its tip. `payments
 * verify`, recovery, and the audit's own start use it.
 *
 * @module
 */
import { AuditError } from "./audit_error.ts";
import { type AuditCommit, COMMIT_FORMAT, parseCommit } from "./audit_commit.ts";
import { BRANCH, gitFailure, type GitPlace, gitText, runGit, spawnGit } from "./git_command.ts";
import { lstatOrNull } from "../../base/files/missing.ts";

/** A file of a commit. */
export interface CommittedFile {
  /** Path from the top of the repository, e.g. `channels/ch_7f3a9b2e.toml`. */
  readonly path: string;
  /** The git hash of its content. */
  readonly blob: string;
}

/** The end of the branch. */
export interface AuditTip {
  /** The newest commit, perhaps a user's. */
  readonly commit: string;
  /** The newest commit of ours at or before it; null if there is none. */
  readonly ours: AuditCommit | null;
}

/** Whether there is a repository. */
export async function hasRepository({ folder }: Pick<GitPlace, "folder">): Promise<boolean> {
  return await isFile(`${folder}/.git/HEAD`);
}

/** The tip of the branch; null if the repository has no commit. Throws AuditError. */
export async function auditTip(place: GitPlace): Promise<AuditTip | null> {
  const refs = await gitText(place, [
    "for-each-ref",
    "--format=%(objectname) %(objecttype)",
    BRANCH,
  ]);
  if (refs.trim() === "") {
    // Git skips a branch that it cannot read.
    if (await isFile(`${place.folder}/.git/${BRANCH}`)) {
      throw new AuditError("broken", `${BRANCH} cannot be read`);
    }
    return null;
  }
  const [commit, type] = refs.trim().split(" ");
  if (type !== "commit") throw new AuditError("broken", `${BRANCH} is no commit`);
  const args = [
    "log",
    "-z",
    COMMIT_FORMAT,
    "--first-parent",
    "--all-match",
    "--grep=^Journal-Seq: [0-9][0-9]*$",
    "--grep=^Journal-Hash: [0-9a-f]*$",
    commit,
    "--",
  ];
  for await (const record of records(place, args)) {
    const ours = parseCommit(record);
    if (ours.journal !== null) return { commit, ours };
  }
  return { commit, ours: null };
}

/**
 * All commits up to `tip` (default: the branch), oldest first, one at a time, so that a million of them need no memory.
 *
 * @throws AuditError if git fails, after the commits that it returned before
 */
export async function* auditCommits(
  place: GitPlace,
  tip: string = BRANCH,
): AsyncGenerator<AuditCommit> {
  const args = ["log", "--topo-order", "--reverse", "-z", COMMIT_FORMAT, tip, "--"];
  for await (const record of records(place, args)) yield parseCommit(record);
}

/** The files under a folder (default: all) at a commit. */
export async function committedFiles(
  place: GitPlace,
  commit: string,
  under = "",
): Promise<CommittedFile[]> {
  const paths = under === "" ? [] : [`${under.replace(/\/$/, "")}/`];
  const text = await gitText(place, ["ls-tree", "-r", "-z", "--full-tree", commit, "--", ...paths]);
  return text.split("\0").filter(Boolean).flatMap((line) => {
    const [, type, blob, path] = /^\d+ (\w+) ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return type === "blob" ? [{ path, blob }] : [];
  });
}

/** File contents by hash, in the order of the question; null for a missing one. One git process reads all. */
export async function readBlobs(
  place: GitPlace,
  blobs: readonly string[],
): Promise<(Uint8Array | null)[]> {
  if (blobs.length === 0) return [];
  const stdin = new TextEncoder().encode(blobs.map((blob) => `${blob}\n`).join(""));
  const bytes = await runGit(place, ["cat-file", "--batch"], { stdin });
  const found: (Uint8Array | null)[] = [];
  for (let at = 0; found.length < blobs.length;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw new AuditError("broken", "git cat-file ended early");
    const [, type, size] = new TextDecoder().decode(bytes.subarray(at, end)).split(" ");
    at = end + 1;
    if (size === undefined) {
      found.push(null);
      continue;
    }
    found.push(type === "blob" ? bytes.slice(at, at + Number(size)) : null);
    at += Number(size) + 1;
  }
  return found;
}

/** One file of a commit as text; null if it is missing. */
export async function committedText(
  place: GitPlace,
  commit: string,
  path: string,
): Promise<string | null> {
  const [bytes] = await readBlobs(place, [`${commit}:${path}`]);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

async function isFile(path: string): Promise<boolean> {
  return (await lstatOrNull(path))?.isFile ?? false;
}

/** Records of a command's output; each ends with NUL. */
async function* records(place: GitPlace, args: readonly string[]): AsyncGenerator<string> {
  const child = spawnGit(place, args);
  void child.stdin.close().catch(() => undefined);
  const stderr = new Response(child.stderr).text();
  let ended = false;
  try {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\0");
      rest = parts.pop()!;
      yield* parts;
    }
    ended = true;
    const status = await child.status;
    if (!status.success) throw gitFailure(args, status, await stderr);
    if (rest !== "") yield rest;
  } finally {
    if (!ended) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has already ended.
      }
      await Promise.allSettled([child.status, stderr]);
    }
  }
}
