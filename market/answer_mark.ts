/**
 * The part of an answer that is compared with the answers of other providers. Logs, artifacts and times differ between honest providers. So
 * a mark holds only what two honest runs of one job have in common: the exit code and test counts of a command, the digest of an image, the
 * hash of the content of any other job.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { CI_RUN, IMAGE_BUILD } from "../protocols/nostr/kinds.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { readAnswer } from "../protocols/nostr/same_answer.ts";
import { largeContentOf, parseResultContent } from "./read_result.ts";

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

/** The mark of an accepted result's bytes. Throws ResultContentError. */
export function answerMark(requestKind: number, document: Uint8Array): AnswerMark {
  return markOf(requestKind, readAnswer(document));
}

/** The mark of an accepted result's event. Throws ResultContentError. */
export function markOf(
  requestKind: number,
  event: Pick<NostrEvent, "content" | "tags">,
): AnswerMark {
  if (requestKind !== CI_RUN.kind && requestKind !== IMAGE_BUILD.kind) {
    const large = largeContentOf(event);
    return { sha256: large?.sha256 ?? sha256(new TextEncoder().encode(event.content)).toHex() };
  }
  const { exitCode, stoppedBy, tests, image } = parseResultContent(requestKind, event.content);
  return {
    exit_code: exitCode!,
    ...(stoppedBy !== null && { stopped_by: stoppedBy }),
    ...(tests !== null && {
      tests: { passed: tests.passed, failed: tests.failed, total: tests.total },
    }),
    ...(image !== null && { digest: image.digest }),
  };
}

/** Whether two answers are equal. */
export function sameMark(a: AnswerMark, b: AnswerMark): boolean {
  // `markOf` makes all marks, so their fields are in the same order.
  return JSON.stringify(a) === JSON.stringify(b);
}
