/**
 * Commits as `git fast-import` reads them. Pure.
 *
 * @see https://git-scm.com/docs/git-fast-import
 * @module
 */
import type { JournalEntry } from "../store/journal_row.ts";
import type { JournalPlace } from "./audit_commit.ts";
import { entryMessage } from "./commit_message.ts";
import { BRANCH, COMMITTER } from "./git_command.ts";
import { type AuditNames, stateFilesOf } from "./state_files.ts";

/** A commit before it has a hash. */
export interface TrailCommit {
  readonly message: string;
  /** What it changes; null removes. */
  readonly files: readonly {
    readonly path: string;
    readonly content: string | Uint8Array<ArrayBuffer> | null;
  }[];
  /** Unix seconds. */
  readonly atS: number;
  /** Where the journal stands with it. */
  readonly journal: JournalPlace | null;
}

/** The commit that stands for an entry. */
export function entryCommit(entry: JournalEntry, names: AuditNames): TrailCommit {
  return {
    message: entryMessage(entry, names),
    files: stateFilesOf(entry, names),
    atS: Math.floor(entry.atMs / 1_000),
    journal: { seq: entry.seq, hash: entry.hash },
  };
}

/** Commits on top of the branch; the last one gets the mark. `onTip`: this stream's first commit names the branch's tip. */
export function streamOf(
  commits: readonly TrailCommit[],
  mark: number,
  onTip: boolean,
): Uint8Array<ArrayBuffer> {
  const parts: (string | Uint8Array<ArrayBuffer>)[] = [];
  commits.forEach(({ message, files, atS }, at) => {
    const marked = at === commits.length - 1 ? `mark :${mark}\n` : "";
    const from = at === 0 && onTip ? `from ${BRANCH}^0\n` : "";
    parts.push(
      `commit ${BRANCH}\n${marked}committer ${COMMITTER} ${atS} +0000\n`,
      `data ${byteLength(message)}\n${message}\n${from}`,
    );
    for (const { path, content } of files) {
      if (content === null) {
        parts.push(`D ${path}\n`);
      } else {
        parts.push(`M 100644 inline ${path}\ndata ${byteLength(content)}\n`, content, "\n");
      }
    }
    parts.push("\n");
  });
  return joined(parts);
}

const encoder = new TextEncoder();

function byteLength(content: string | Uint8Array): number {
  if (typeof content !== "string") return content.length;
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(content) ? content.length : encoder.encode(content).length;
}

/** Runs of text are encoded together: a cycle has thousands of parts. */
function joined(parts: readonly (string | Uint8Array<ArrayBuffer>)[]): Uint8Array<ArrayBuffer> {
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
