/**
 * The answers to a client's message that could not be read: OK or CLOSED if the event or subscription is known, otherwise NOTICE, with the
 * texts that relays of this network use.
 *
 * @module
 */
import { arraySlices } from "../../protocols/nostr/json_slices.ts";
import type { MessageError, RelayMessage } from "../../protocols/nostr/message.ts";
import { FilterError } from "../../protocols/nostr/filter.ts";
import { parseReason } from "../../protocols/nostr/reason.ts";
import { parseStrictJson, StrictJsonError } from "../../protocols/json/strict_json.ts";

/** The text for a filter with a field that we do not support, for example a NIP-50 search. */
const UNKNOWN_ELEMENTS = "unsupported: filter contains unknown elements";

/** How many characters of an unknown message type the answer repeats. */
const SHOWN_TYPE = 32;

/** The answers to a refused message, in order. */
export function answersTo(error: MessageError, text: string): RelayMessage[] {
  switch (error.code) {
    case "bad_event":
      return error.eventId === undefined ? [notice("invalid event")] : [{
        type: "OK",
        eventId: error.eventId,
        accepted: false,
        ...parseReason(`invalid: ${error.message}`),
      }];
    case "bad_filter": {
      const unknown = error.cause instanceof FilterError && error.cause.code === "unknown_field";
      return [
        closed(error, unknown ? UNKNOWN_ELEMENTS : `invalid: ${error.message}`),
      ];
    }
    case "too_many_filters":
      return [closed(error, "error: too many filters"), notice("too many filters")];
    case "bad_subscription":
      return [notice("invalid subscription id")];
    case "unknown_type":
      return [notice(`unknown message type: ${typeOf(text)}`)];
    case "bad_json":
      return [
        notice(isJson(text) ? "invalid message format, expected JSON array" : "invalid JSON"),
      ];
    default:
      return [notice(error.message)];
  }
}

function notice(words: string): RelayMessage {
  return { type: "NOTICE", message: `error: ${words}` };
}

function closed(error: MessageError, words: string): RelayMessage {
  return error.subscription === undefined
    ? notice(words)
    : { type: "CLOSED", subscription: error.subscription, ...parseReason(words) };
}

function isJson(text: string): boolean {
  if (text.trimStart().startsWith("[")) return false;
  try {
    parseStrictJson(text);
    return true;
  } catch (error) {
    if (error instanceof StrictJsonError) return false;
    throw error;
  }
}

function typeOf(text: string): string {
  const slice = arraySlices(text)[0];
  return slice === undefined ? "none" : text.slice(slice.start, slice.end).replaceAll('"', "")
    .slice(0, SHOWN_TYPE);
}
