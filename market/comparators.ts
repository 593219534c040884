/**
 * What answers of several providers are compared by, and which kinds of jobs have it.
 *
 * @module
 */
import { CI_RUN, IMAGE_BUILD } from "../protocols/nostr/kinds.ts";
import type { Comparator } from "../store/verification_row.ts";

/** The mark of an answer. Two answers are equal if all fields of their marks are equal. */
export interface AnswerMark {
  /** The exit code of a command or a build. */
  readonly exit_code?: number;
  /** The limit of the provider that ended the command, if one did. */
  readonly stopped_by?: string;
  readonly tests?: { readonly passed: number; readonly failed: number; readonly total: number };
  /** The digest of the image. */
  readonly digest?: string;
  /** The SHA-256 of the content, in hex. */
  readonly sha256?: string;
}

/** Kinds whose result is that of a command. */
export const RUNS: readonly number[] = [CI_RUN.kind, IMAGE_BUILD.kind];

/** Why answers to such a request cannot be compared in this way; null if they can. */
export function misfitOfComparator(requestKind: number, compare: Comparator): string | null {
  switch (compare) {
    case "kind":
    case "skill":
      return null;
    case "exit":
      return RUNS.includes(requestKind) ? null : "only ci-run and image-build have an exit code";
    case "digest":
      return requestKind === IMAGE_BUILD.kind ? null : "only image-build has a digest";
    case "json":
      return RUNS.includes(requestKind) ? "ci-run and image-build are not compared as JSON" : null;
  }
}

/** The group of an answer if no skill judges: answers with the same mark are equal. Null for no answer. */
export function groupOfMark(mark: AnswerMark | null): string | null {
  // `markOf` makes all marks, so their fields are in the same order.
  return mark === null ? null : JSON.stringify(mark);
}
