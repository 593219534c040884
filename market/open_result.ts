/**
 * Buyer's side: a sealed result whose key was paid for, opened and read as any other.
 *
 * @module
 */
import { readAnswer } from "../protocols/nostr/same_answer.ts";
import { openedEvent, SealedError } from "../protocols/nostr/sealed_result.ts";
import { resultFacts } from "./judge.ts";
import { parseResultContent } from "./read_result.ts";
import { ResultContentError } from "./result_content_error.ts";

/** What a key came to: the job's result and what is known of it, or why it opens nothing. */
export type Opened =
  | {
    readonly eventId: string;
    /** The result as it would have been published. */
    readonly document: Uint8Array;
    /** As of a result that came open: `status`, `exit_code`, `error_code`, `error_message`. */
    readonly known: Readonly<Record<string, string | number>>;
  }
  | { readonly broken: string };

/** Opens it; the bytes were verified when they came. */
export function openResult(requestKind: number, sealed: Uint8Array, key: Uint8Array): Opened {
  try {
    const event = openedEvent(readAnswer(sealed), key);
    const document = new TextEncoder().encode(JSON.stringify(event));
    return { eventId: event.id, document, known: factsOf(requestKind, event.content) };
  } catch (error) {
    if (!(error instanceof SealedError)) throw error;
    return { broken: error.message };
  }
}

/** What was promised and paid for may still be no result of its kind. */
function factsOf(kind: number, content: string): Readonly<Record<string, string | number>> {
  try {
    return resultFacts(parseResultContent(kind, content));
  } catch (error) {
    if (!(error instanceof ResultContentError)) throw error;
    return { status: "error", error_code: error.code, error_message: error.message };
  }
}
