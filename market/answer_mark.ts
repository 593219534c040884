/**
 * The part of an answer that is compared with the answers of other providers. Logs, artifacts and times differ between honest providers. So
 * a mark holds only what two honest runs of one job have in common: the exit code and test counts of a command, the digest of an image, the
 * hash of the content of any other job.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { BlobReference } from "../blobs/blob_reference.ts";
import { parseStrictJson, StrictJsonError } from "../protocols/json/strict_json.ts";
import type { Comparator } from "../store/verification_row.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { readAnswer } from "../protocols/nostr/same_answer.ts";
import { type AnswerMark, RUNS } from "./comparators.ts";
import { largeContentOf, parseResultContent } from "./read_result.ts";

/** The mark of an accepted result's bytes. Throws ResultContentError. */
export function answerMark(
  requestKind: number,
  document: Uint8Array,
  compare: Comparator = "kind",
): AnswerMark {
  return markOf(requestKind, readAnswer(document), compare);
}

/** The mark of an accepted result's event. Throws ResultContentError. */
export function markOf(
  requestKind: number,
  event: Pick<NostrEvent, "content" | "tags">,
  compare: Comparator = "kind",
): AnswerMark {
  if (!RUNS.includes(requestKind) || compare === "skill") {
    const large = largeContentOf(event);
    const text = compare === "json" ? sortedJson(event.content) : event.content;
    return {
      sha256: large === null ? sha256(new TextEncoder().encode(text)).toHex() : hashOfLarge(large),
    };
  }
  const { exitCode, stoppedBy, tests, image } = parseResultContent(requestKind, event.content);
  // Without an image there is only the exit code to compare.
  if (compare === "digest" && image !== null) return { digest: image.digest };
  return {
    exit_code: exitCode!,
    ...(stoppedBy !== null && { stopped_by: stoppedBy }),
    ...(tests !== null && compare === "kind" && {
      tests: { passed: tests.passed, failed: tests.failed, total: tests.total },
    }),
    ...(image !== null && compare === "kind" && { digest: image.digest }),
  };
}

/** The hash of a content that is a blob: of its plain bytes if it is encrypted, because each provider has a key of its own. */
export function hashOfLarge({ sha256, original }: BlobReference): string {
  return original ?? sha256;
}

/** JSON with its keys in order and without white space. Any other text is returned unchanged. */
function sortedJson(content: string): string {
  try {
    return JSON.stringify(sorted(parseStrictJson(content, JSON_LIMITS)));
  } catch (error) {
    if (error instanceof StrictJsonError) return content;
    throw error;
  }
}

/** As large as an event may be. */
const JSON_LIMITS = { maxBytes: 1 << 20 };

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
