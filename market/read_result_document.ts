/**
 * Turns the bytes of a result event into the printed result.
 *
 * @module
 */
import { type NostrEvent, parseEvent, parseUnsignedEvent } from "../protocols/nostr/event.ts";
import { eventId } from "../protocols/nostr/event_id.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { type PrintedResult, readResult } from "./read_result.ts";

/** Reads an accepted result, or a provider's own result, which is stored as it was before it was signed. */
export function readResultDocument(
  requestKind: number,
  document: Uint8Array,
): Promise<PrintedResult> {
  return readResult(requestKind, resultOf(decodeDocument(document).event));
}

function resultOf(value: unknown): Pick<NostrEvent, "id" | "content" | "tags"> {
  if (typeof value === "object" && value !== null && Object.hasOwn(value, "sig")) {
    return parseEvent(value);
  }
  const unsigned = parseUnsignedEvent(value);
  return { id: eventId(unsigned), content: unsigned.content, tags: unsigned.tags };
}
