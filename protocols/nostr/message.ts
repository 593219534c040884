/**
 * Messages between client and relay: NIP-01, the AUTH of NIP-42 and the COUNT of NIP-45. Pure.
 *
 * An event from a relay is not decoded here: the client gets its exact bytes in the message, TOON text or a JSON object. Messages are
 * parsed with limits. A refused message gives an error with a code, which quotes nothing of the message.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @see https://github.com/nostr-protocol/nips/blob/master/42.md
 * @see https://github.com/nostr-protocol/nips/blob/master/45.md
 * @module
 */
import { asEventId, type EventId, type NostrEvent, parseEvent } from "./event.ts";
import { EventError } from "./event_error.ts";
import { type Filter, FilterError, parseFilter } from "./filter.ts";
import {
  malformed,
  MessageElements,
  MessageError,
  type MessageLimits,
} from "./message_elements.ts";
import { parseReason, type Reason } from "./reason.ts";

export { MessageError, type MessageLimits } from "./message_elements.ts";

/** A message of a client. */
export type ClientMessage =
  | { readonly type: "EVENT"; readonly event: NostrEvent }
  | { readonly type: "REQ"; readonly subscription: string; readonly filters: readonly Filter[] }
  | { readonly type: "COUNT"; readonly subscription: string; readonly filters: readonly Filter[] }
  | { readonly type: "CLOSE"; readonly subscription: string }
  | { readonly type: "AUTH"; readonly event: NostrEvent };

/** A message of a relay. `raw` of an EVENT is the exact UTF-8 of its TOON text or JSON object. */
export type RelayMessage =
  | {
    readonly type: "EVENT";
    readonly subscription: string;
    readonly raw: Uint8Array;
    readonly encoding: "toon" | "json";
  }
  | { readonly type: "EOSE"; readonly subscription: string }
  | { readonly type: "OK"; readonly eventId: EventId; readonly accepted: boolean } & Reason
  | { readonly type: "CLOSED"; readonly subscription: string } & Reason
  | {
    readonly type: "COUNT";
    readonly subscription: string;
    readonly count: number;
    /** Whether there may be more than `count`. */
    readonly approximate: boolean;
  }
  | { readonly type: "NOTICE"; readonly message: string }
  | { readonly type: "AUTH"; readonly challenge: string };

/**
 * Parses a message of a client. The event of an EVENT must be well formed; its id and signature are not checked.
 *
 * @throws {MessageError} with the event id or subscription if it was readable, so that OK or CLOSED can name it.
 */
export function parseClientMessage(text: string, limits: MessageLimits = {}): ClientMessage {
  const message = new MessageElements(text, limits);
  switch (message.type) {
    case "EVENT":
    case "AUTH":
      message.expect(2, 2);
      return { type: message.type, event: eventOf(message.value(1)) };
    case "CLOSE":
      message.expect(2, 2);
      return { type: message.type, subscription: message.subscription() };
    case "REQ":
    case "COUNT": {
      message.expect(3, Infinity);
      const subscription = message.subscription();
      const filters = filtersOf(message, subscription, limits);
      return { type: message.type, subscription, filters };
    }
    default:
      throw new MessageError(
        "unknown_type",
        "the type of the message is not one that clients send",
      );
  }
}

/**
 * Parses a message of a relay.
 *
 * @throws {MessageError}
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRelayMessage } from "./message.ts";
 *
 * const message = parseRelayMessage('["EVENT","s", {"kind": 1} ]');
 * assert.ok(message.type === "EVENT");
 * assert.equal(new TextDecoder().decode(message.raw), '{"kind": 1}');
 * assert.equal(message.encoding, "json");
 * ```
 */
export function parseRelayMessage(text: string, limits: MessageLimits = {}): RelayMessage {
  const message = new MessageElements(text, limits);
  switch (message.type) {
    case "EVENT": {
      message.expect(3, 3);
      return { type: "EVENT", subscription: message.subscription(), ...rawEventOf(message) };
    }
    case "EOSE":
      message.expect(2, Infinity);
      return { type: "EOSE", subscription: message.subscription() };
    case "OK": {
      message.expect(3, Infinity);
      return { type: "OK", ...okOf(message), ...parseReason(wordsOf(message, 3)) };
    }
    case "CLOSED": {
      message.expect(2, Infinity);
      const reason = parseReason(wordsOf(message, 2));
      return { type: message.type, subscription: message.subscription(), ...reason };
    }
    case "COUNT":
      message.expect(3, 3);
      return { type: "COUNT", subscription: message.subscription(), ...countOf(message) };
    case "NOTICE":
      message.expect(2, Infinity);
      return { type: "NOTICE", message: message.text(1, "message") };
    case "AUTH":
      message.expect(2, 2);
      return { type: "AUTH", challenge: message.text(1, "challenge") };
    default:
      throw new MessageError("unknown_type", "the type of the message is not one that relays send");
  }
}

/** The text of a message. In a relay's EVENT, a JSON event is inserted with its exact bytes, and a TOON event as a JSON string. */
export function encodeMessage(message: ClientMessage | RelayMessage): string {
  switch (message.type) {
    case "EVENT":
      return "event" in message
        ? JSON.stringify(["EVENT", message.event])
        : encodeDelivery(message);
    case "REQ":
      return JSON.stringify(["REQ", message.subscription, ...message.filters]);
    case "COUNT":
      return "filters" in message
        ? JSON.stringify(["COUNT", message.subscription, ...message.filters])
        : JSON.stringify(["COUNT", message.subscription, {
          count: message.count,
          ...(message.approximate ? { approximate: true } : {}),
        }]);
    case "CLOSE":
    case "EOSE":
      return JSON.stringify([message.type, message.subscription]);
    case "AUTH":
      return JSON.stringify(["AUTH", "event" in message ? message.event : message.challenge]);
    case "OK":
      return JSON.stringify(["OK", message.eventId, message.accepted, message.message]);
    case "CLOSED":
      return JSON.stringify([message.type, message.subscription, message.message]);
    case "NOTICE":
      return JSON.stringify(["NOTICE", message.message]);
  }
}

function encodeDelivery(message: RelayMessage & { type: "EVENT" }): string {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(message.raw);
  const event = message.encoding === "json" ? text : JSON.stringify(text);
  return `["EVENT",${JSON.stringify(message.subscription)},${event}]`;
}

function filtersOf(
  message: MessageElements,
  subscription: string,
  limits: MessageLimits,
): Filter[] {
  const max = limits.maxFilters ?? 10;
  if (message.count - 2 > max) {
    throw new MessageError(
      "too_many_filters",
      `a ${message.type} must have at most ${max} filters`,
      { subscription },
    );
  }
  return Array.from(
    { length: message.count - 2 },
    (_, index) => filterOf(message, index + 2, subscription, limits),
  );
}

function filterOf(
  message: MessageElements,
  index: number,
  subscription: string,
  limits: MessageLimits,
): Filter {
  try {
    return parseFilter(message.value(index), limits);
  } catch (cause) {
    if (!(cause instanceof FilterError) && !(cause instanceof MessageError)) throw cause;
    throw new MessageError("bad_filter", cause.message, { cause, subscription });
  }
}

/** The text of an OK or CLOSED. Some relays send null or nothing instead of an empty text, and more elements than NIP-01 defines. */
function wordsOf(message: MessageElements, index: number): string {
  if (message.count <= index || message.value(index) === null) return "";
  return message.text(index, "message");
}

function countOf(message: MessageElements): { count: number; approximate: boolean } {
  const { count, approximate } = (message.value(2) ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(count) || (count as number) < 0) {
    throw malformed("the count of COUNT must be an integer of 0 or more");
  }
  return { count: count as number, approximate: approximate === true };
}

function rawEventOf(message: MessageElements): { raw: Uint8Array; encoding: "toon" | "json" } {
  const slice = message.slice(2);
  const first = slice[0];
  if (first === "{") return { raw: new TextEncoder().encode(slice), encoding: "json" };
  return { raw: new TextEncoder().encode(message.text(2, "event")), encoding: "toon" };
}

function okOf(message: MessageElements): { eventId: EventId; accepted: boolean } {
  const accepted = message.value(2);
  if (typeof accepted !== "boolean") throw malformed("the third element of OK must be a boolean");
  try {
    return { eventId: asEventId(message.value(1)), accepted };
  } catch (cause) {
    throw malformed("the second element of OK must be an event id", { cause });
  }
}

function eventOf(value: unknown): NostrEvent {
  try {
    return parseEvent(value);
  } catch (cause) {
    if (!(cause instanceof EventError)) throw cause;
    throw new MessageError("bad_event", cause.message, { cause, ...readableId(value) });
  }
}

function readableId(value: unknown): { eventId?: EventId } {
  const id = (value as { id?: unknown } | null)?.id;
  return typeof id === "string" && /^[0-9a-f]{64}$/.test(id) ? { eventId: id as EventId } : {};
}
