/**
 * Writes commits in the format of `git fast-import`. Without effects.
 *
 * @see https://git-scm.com/docs/git-fast-import
 * @module
 */
import type { JournalEntry } from "../../store/journal_row.ts";
import type { JournalPlace } from "./audit_commit.ts";
import { entryMessage } from "./commit_message.ts";
import { BRANCH, COMMITTER } from "./git_command.ts";
import { type AuditNames, stateFilesOf } from "./state_files.ts";

/** A commit before it has a hash. */
export interface TrailCommit {
  readonly message: string;
  /** Its changes; null removes a file. */
  readonly files: readonly {
    readonly path: string;
    readonly content: string | Uint8Array<ArrayBuffer> | null;
  }[];
  /** Unix seconds. */
  readonly atS: number;
  /** The last journal entry that the repository contains with it. */
  readonly journal: JournalPlace | null;
}

/** The commit of an entry. */
export function entryCommit(entry: JournalEntry, names: AuditNames): TrailCommit {
  return {
    message: entryMessage(entry, names),
    files: stateFilesOf(entry, names),
    atS: Math.floor(entry.atMs / 1_000),
    journal: { seq: entry.seq, hash: entry.hash },
  };
}

/** The size of a piece is about the size of a pipe's buffer: git processes one piece while the next is made. */
const PIECE_COMMITS = 32;

/**
 * The stream of commits on top of the branch, in pieces, each made when it is requested. The last commit gets the mark. `onTip`: the first
 * commit of this stream names the branch's tip.
 */
export function* streamOf(
  commits: readonly (() => TrailCommit)[],
  mark: number,
  onTip: boolean,
): Generator<Uint8Array<ArrayBuffer>> {
  for (let from = 0; from < commits.length; from += PIECE_COMMITS) {
    const parts: Part[] = [];
    for (let at = from; at < Math.min(from + PIECE_COMMITS, commits.length); at++) {
      pushCommit(parts, commits[at](), at === commits.length - 1 ? mark : null, at === 0 && onTip);
    }
    yield joined(parts);
  }
}

type Part = string | Uint8Array<ArrayBuffer>;

function pushCommit(
  parts: Part[],
  { message, files, atS }: TrailCommit,
  mark: number | null,
  onTip: boolean,
): void {
  parts.push(
    `commit ${BRANCH}\n${mark === null ? "" : `mark :${mark}\n`}`,
    `committer ${COMMITTER} ${atS} +0000\n`,
    `data ${byteLength(message)}\n${message}\n${onTip ? `from ${BRANCH}^0\n` : ""}`,
  );
  for (const { path, content } of files) {
    if (content === null) parts.push(`D ${path}\n`);
    else {
      parts.push(`M 100644 inline ${path}\ndata ${byteLength(content)}\n`, content, "\n");
    }
  }
  parts.push("\n");
}

const encoder = new TextEncoder();

function byteLength(content: string | Uint8Array): number {
  if (typeof content !== "string") return content.length;
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(content) ? content.length : encoder.encode(content).length;
}

/** Encodes adjacent texts together, because a cycle has thousands of parts. */
function joined(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let text: string[] = [];
  for (const part of parts) {
    if (typeof part === "string") text.push(part);
    else {
      chunks.push(encoder.encode(text.join("")), part);
      text = [];
    }
  }
  chunks.push(encoder.encode(text.join("")));
  if (chunks.length === 1) return chunks[0];
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
