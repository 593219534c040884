/**
 * Buyer's side: a sealed result whose key was paid for, opened and read as any other.
 *
 * @module
 */
import { parseEvent } from "../protocols/nostr/event.ts";
import { openedEvent, SealedError } from "../protocols/nostr/sealed_result.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
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

/** What a row holds: it was taken in by the limits of its home. */
const MAX_BYTES = 1 << 20;

/** Opens it; the bytes were verified when they came. */
export function openResult(requestKind: number, sealed: Uint8Array, key: Uint8Array): Opened {
  try {
    const { event: told } = decodeDocument(sealed, { maxBytes: MAX_BYTES });
    const event = openedEvent(parseEvent(told), key);
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
