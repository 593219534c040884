/**
 * The elements of one message of a relay or client, which are parsed strictly on demand, and the error of the message codec. Pure.
 *
 * @module
 */
import type { EventId } from "./event.ts";
import type { FilterLimits } from "./filter.ts";
import { arraySlices, type JsonSlice } from "./json_slices.ts";
import { parseStrictJson, StrictJsonError } from "../json/strict_json.ts";

/** The limits of a message. */
export interface MessageLimits extends FilterLimits {
  /** UTF-16 units of the whole text. Default: 1,048,576. */
  readonly maxBytes?: number;
  /** Levels of nesting. Default: 32. */
  readonly maxDepth?: number;
  /** Filters of one REQ. Default: 10. */
  readonly maxFilters?: number;
}

/** The longest subscription id that NIP-01 allows. */
const MAX_SUBSCRIPTION_LENGTH = 64;

/** The elements of one message. Each is parsed on demand. */
export class MessageElements {
  /** The first element; it may have any type. */
  readonly type: unknown;
  readonly #text: string;
  readonly #slices: readonly JsonSlice[];
  readonly #limits: MessageLimits;

  /** Splits the text. Throws {@link MessageError} `too_large` or `bad_json`. */
  constructor(text: string, limits: MessageLimits) {
    const max = limits.maxBytes ?? 1_048_576;
    if (text.length > max) {
      throw new MessageError("too_large", `a message must be at most ${max} bytes`);
    }
    this.#text = text;
    this.#limits = limits;
    this.#slices = guarded(() => arraySlices(text, limits));
    this.type = this.#slices.length === 0 ? undefined : this.value(0);
  }

  /** The number of elements. */
  get count(): number {
    return this.#slices.length;
  }

  /** Throws `malformed` unless there are `min` to `max` elements. */
  expect(min: number, max: number): void {
    if (this.count < min || this.count > max) {
      throw malformed(`${this.type} has a wrong number of elements (got ${this.count})`);
    }
  }

  /** The exact JSON text of one element. */
  slice(index: number): string {
    const { start, end } = this.#slices[index]!;
    return this.#text.slice(start, end);
  }

  /** One element, parsed. Throws `bad_json`. */
  value(index: number): unknown {
    const limits = {
      maxBytes: this.#limits.maxBytes ?? 1_048_576,
      maxDepth: this.#limits.maxDepth ?? 32,
    };
    return guarded(() => parseStrictJson(this.slice(index), limits));
  }

  /** One element that must be a string. */
  text(index: number, name: string): string {
    const value = this.value(index);
    if (typeof value !== "string") throw malformed(`the ${name} of ${this.type} must be a string`);
    return value;
  }

  /** The second element, as a subscription id. */
  subscription(): string {
    const id = this.text(1, "subscription id");
    if (id.length === 0 || id.length > MAX_SUBSCRIPTION_LENGTH) {
      throw new MessageError(
        "bad_subscription",
        `a subscription id must have 1 to ${MAX_SUBSCRIPTION_LENGTH} characters (got ${id.length})`,
      );
    }
    return id;
  }
}

function guarded<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    throw new MessageError("bad_json", cause.message, { cause });
  }
}

/** An error about the form of a message. */
export function malformed(rule: string, options?: ErrorOptions): MessageError {
  return new MessageError("malformed", rule, options);
}

/** Why a message was refused. */
type MessageErrorCode =
  | "bad_json"
  | "too_large"
  | "unknown_type"
  | "malformed"
  | "bad_subscription"
  | "bad_filter"
  | "too_many_filters"
  | "bad_event";

/** The message was refused. The error has the event id or subscription that it names, if it was readable. */
export class MessageError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "MessageError";
  /** The stable code of the reason. */
  readonly code: MessageErrorCode;
  /** The id of the refused event, for OK. */
  readonly eventId: EventId | undefined;
  /** The subscription whose REQ was refused, for CLOSED. */
  readonly subscription: string | undefined;
  /** Makes an error about one message. */
  constructor(
    code: MessageErrorCode,
    message: string,
    options?: ErrorOptions & { eventId?: EventId; subscription?: string },
  ) {
    super(message, options);
    this.code = code;
    this.eventId = options?.eventId;
    this.subscription = options?.subscription;
  }
}
