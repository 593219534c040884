/**
 * What of an answer is compared with the answers of other providers. Logs, artifacts and times differ between honest providers, so a
 * mark holds only what two honest runs of one job share: of a command its exit code and test counts, of an image its digest, of
 * everything else the hash of the content.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { CI_RUN, IMAGE_BUILD } from "../protocols/nostr/kinds.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { readAnswer } from "../protocols/nostr/same_answer.ts";
import { largeContentOf, parseResultContent } from "./read_result.ts";

/** Two answers are equal when their marks are, field by field. */
export interface AnswerMark {
  /** Of a command or a build. */
  readonly exit_code?: number;
  /** Which bound of the provider ended the command, where one did. */
  readonly stopped_by?: string;
  readonly tests?: { readonly passed: number; readonly failed: number; readonly total: number };
  /** Of the image. */
  readonly digest?: string;
  /** Of the content, hex. */
  readonly sha256?: string;
}

/** The mark of an accepted result's bytes. Throws ResultContentError. */
export function answerMark(requestKind: number, document: Uint8Array): AnswerMark {
  return markOf(requestKind, readAnswer(document));
}

/** The same of the event. */
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

/** Whether two answers say the same. */
export function sameMark(a: AnswerMark, b: AnswerMark): boolean {
  // Both were made above, so their fields come in one order.
  return JSON.stringify(a) === JSON.stringify(b);
}
