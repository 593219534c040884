/**
 * Opens a sealed result on the buyer's side after its key was paid for, and reads it like any other result.
 *
 * @module
 */
import { readAnswer } from "../protocols/nostr/same_answer.ts";
import { openedEvent, SealedError } from "../protocols/nostr/sealed_result.ts";
import { resultFacts } from "./judge.ts";
import { parseResultContent } from "./read_result.ts";
import { misfitOfEvent } from "./result_schema.ts";
import { ResultContentError } from "./result_content_error.ts";

/** The job's result and the facts about it, or why the key does not open it. */
export type Opened =
  | {
    readonly eventId: string;
    /** The result as it would have been published without the seal. */
    readonly document: Uint8Array;
    /** The same facts as of an unsealed result: `status`, `exit_code`, `error_code`, `error_message`. */
    readonly known: Readonly<Record<string, string | number>>;
  }
  | { readonly broken: string };

/**
 * Opens a sealed result. Its bytes were verified when they were received.
 *
 * @param schema The schema of the result that its provider had announced, JSON; null if there is none.
 */
export function openResult(
  requestKind: number,
  sealed: Uint8Array,
  key: Uint8Array,
  schema: string | null,
): Opened {
  try {
    const event = openedEvent(readAnswer(sealed), key);
    const document = new TextEncoder().encode(JSON.stringify(event));
    return { eventId: event.id, document, known: factsOf(requestKind, event, schema) };
  } catch (error) {
    if (!(error instanceof SealedError)) throw error;
    return { broken: error.message };
  }
}

/** The facts about the content. An opened result can still be invalid for its kind. */
function factsOf(
  kind: number,
  event: Parameters<typeof misfitOfEvent>[1],
  schema: string | null,
): Readonly<Record<string, string | number>> {
  try {
    return resultFacts(parseResultContent(kind, event.content), misfitOfEvent(schema, event));
  } catch (error) {
    if (!(error instanceof ResultContentError)) throw error;
    return { status: "error", error_code: error.code, error_message: error.message };
  }
}
