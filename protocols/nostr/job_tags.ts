/**
 * Builds and parses the tags of NIP-90 requests, results and feedback. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md
 * @module
 */
import { asEventId, asPubkey, type EventId, type EventTemplate, type Pubkey } from "./event.ts";
import { EventError } from "./event_error.ts";
import { isHex } from "./hex.ts";

/**
 * A tag of an event.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseInput, type Tag } from "./job_tags.ts";
 *
 * const tag: Tag = ["i", "https://example.com/a.git", "url"];
 * assert.deepEqual(parseInput(tag), { type: "url", value: "https://example.com/a.git" });
 * ```
 */
export type Tag = readonly string[];

/**
 * An input of a job: an `i` tag.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { inputTag, type JobInput } from "./job_tags.ts";
 *
 * const input: JobInput = { type: "text", value: "hello" };
 * assert.deepEqual(inputTag(input), ["i", "hello", "text"]);
 * ```
 */
export interface JobInput {
  /** The meaning of `value`: a URL to fetch, the id of an event, the id of a job whose result is the input, or the text itself. */
  readonly type: "url" | "event" | "job" | "text";
  /** A URL, 64 lowercase hex digits, or text. */
  readonly value: string;
  /** A relay that may have the event or job. */
  readonly relay?: string;
  /** How to use the input. The meaning depends on the kind. */
  readonly marker?: string;
}

/**
 * An amount with its unit: a `bid` or `amount` tag. Amounts in different units are never compared.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type JobAmount } from "./job_tags.ts";
 * import { jobRequestTemplate } from "./job_request.ts";
 *
 * const bid: JobAmount = { value: 50_000n, unit: "units" };
 * assert.deepEqual(jobRequestTemplate({ kind: 5600, bid }, 1).tags, [["bid", "50000", "units"]]);
 * ```
 */
export interface JobAmount {
  /** The amount in `unit`. */
  readonly value: bigint;
  /** `units` for base units of the profile's token, `msats` if the tag names no unit (NIP-90), or another lowercase name. */
  readonly unit: string;
  /** A Lightning invoice for the amount. */
  readonly bolt11?: string;
}

/**
 * A named parameter: a `param` tag.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type JobParam } from "./job_tags.ts";
 * import { jobRequestTemplate } from "./job_request.ts";
 *
 * const command: JobParam = { name: "command", values: ["make test"] };
 * const { tags } = jobRequestTemplate({ kind: 5601, params: [command] }, 1);
 * assert.deepEqual(tags, [["param", "command", "make test"]]);
 * ```
 */
export interface JobParam {
  /** Not empty; unique in a request. */
  readonly name: string;
  /** At least one value. */
  readonly values: readonly string[];
}

/** An `i` tag. If there is a marker and no relay, the relay's element is empty. */
export function inputTag(input: JobInput): Tag {
  const tag = ["i", input.value, input.type];
  if (input.relay !== undefined || input.marker !== undefined) tag.push(input.relay ?? "");
  if (input.marker !== undefined) tag.push(input.marker);
  parseInput(tag);
  return tag;
}

/** Reads an `i` tag. A tag without a type, as some clients write it, is a text. Throws {@link JobTagError} `bad_input`. */
export function parseInput(tag: Tag): JobInput {
  const [, value, named, relay, marker] = tag;
  if (value === undefined) throw new JobTagError("bad_input", "an i tag must have data");
  const type = named || "text";
  if (type !== "url" && type !== "event" && type !== "job" && type !== "text") {
    throw new JobTagError("bad_input", "an i tag must be of type url, event, job or text");
  }
  if ((type === "event" || type === "job") && !isHex(value, 64)) {
    throw new JobTagError("bad_input", `an i tag of type ${type} must hold an event id`);
  }
  if (type === "url" && !URL.canParse(value)) {
    throw new JobTagError("bad_input", "an i tag of type url must hold a URL");
  }
  return {
    type,
    value,
    ...(relay ? { relay: relayUrl(relay, "bad_input") } : {}),
    ...(marker ? { marker } : {}),
  };
}

/**
 * A `bid` or `amount` tag. The unit is always written. It comes after the invoice, if there is one, because NIP-90 defines the invoice
 * there.
 */
export function amountTag(name: "bid" | "amount", amount: JobAmount): Tag {
  const digits = amount.value.toString();
  const tag = amount.bolt11 === undefined
    ? [name, digits, amount.unit]
    : [name, digits, amount.bolt11, amount.unit];
  const read = parseAmount(tag);
  if (read.unit !== amount.unit || read.bolt11 !== amount.bolt11) {
    throw new JobTagError("bad_amount", `${name} must have a unit, and any invoice must be valid`);
  }
  return tag;
}

/** Reads a `bid` or `amount` tag. Throws {@link JobTagError} `bad_amount`. */
export function parseAmount(tag: Tag): JobAmount {
  const [name, digits, ...rest] = tag;
  if (digits === undefined || !/^(?:0|[1-9][0-9]{0,77})$/.test(digits)) {
    throw new JobTagError("bad_amount", `${name} must be a whole number in decimal`);
  }
  const bolt11 = rest.find((item) => INVOICE.test(item));
  const unit = rest.find((item) => item !== "" && !INVOICE.test(item)) ?? "msats";
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(unit)) {
    throw new JobTagError("bad_amount", `${name} must name its unit in lowercase`);
  }
  if (bolt11 !== undefined && unit !== "msats") {
    throw new JobTagError("bad_amount", `${name} with an invoice must be in msats`);
  }
  return { value: BigInt(digits), unit, ...(bolt11 === undefined ? {} : { bolt11 }) };
}

const INVOICE = /^ln[a-z0-9]{20,}$/;

/** Reads a `param` tag. Throws {@link JobTagError} `bad_param`. */
export function parseParam(tag: Tag): JobParam {
  const [, name, ...values] = tag;
  if (!name || values.length === 0) {
    throw new JobTagError("bad_param", "a param tag must have a name and a value");
  }
  return { name, values };
}

/**
 * Reads all `param` tags. Throws {@link JobTagError} `duplicate_tag` if a name occurs twice, because readers could choose different values.
 */
export function parseParams(tags: readonly Tag[]): JobParam[] {
  const params = all(tags, "param").map(parseParam);
  if (new Set(params.map(({ name }) => name)).size !== params.length) {
    throw new JobTagError("duplicate_tag", "a param must be given once");
  }
  return params;
}

/** All tags with this name. */
export function all(tags: readonly Tag[], name: string): Tag[] {
  return tags.filter((tag) => tag[0] === name);
}

/** The tag with this name, which may occur only once. Throws {@link JobTagError} `duplicate_tag`. */
export function atMostOne(tags: readonly Tag[], name: string): Tag | undefined {
  const found = all(tags, name);
  if (found.length > 1) {
    throw new JobTagError(
      "duplicate_tag",
      `there must be at most one ${name} tag (got ${found.length})`,
    );
  }
  return found[0];
}

/**
 * The request that a result or feedback answers, and its customer: exactly one `e` tag, and the `p` tag. Libraries in use also copy the `p`
 * tags of the request, which name the provider. So several `p` tags are allowed if one of them is `customer`.
 */
export function parseAnswered(
  event: EventTemplate,
  customer?: string,
): { requestId: EventId; relayHint?: string; customer: Pubkey } {
  const e = atMostOne(event.tags, "e");
  const own = all(event.tags, "p").find((tag) => tag[1] === customer);
  const p = own ?? atMostOne(event.tags, "p");
  if (e === undefined) throw new JobTagError("missing_request", "an e tag must name the request");
  if (p === undefined) throw new JobTagError("missing_customer", "a p tag must name the customer");
  return {
    requestId: checked("bad_request", () => asEventId(e[1])),
    ...(e[2] ? { relayHint: e[2] } : {}),
    customer: checked("bad_customer", () => asPubkey(p[1])),
  };
}

/** A ws: or wss: URL, unchanged. Throws {@link JobTagError} with the given code. */
export function relayUrl(text: string, code: JobTagErrorCode): string {
  if (/^wss?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new JobTagError(code, "a relay must be a ws: or wss: URL");
}

/** Runs a check of event.ts. Throws its error as a {@link JobTagError} with this code. */
export function checked<T>(code: JobTagErrorCode, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (!(cause instanceof EventError)) throw cause;
    throw new JobTagError(code, cause.message, { cause });
  }
}

/** Which tag is invalid. */
type JobTagErrorCode =
  | "bad_kind"
  | "bad_input"
  | "bad_param"
  | "bad_output"
  | "bad_amount"
  | "bad_relays"
  | "bad_provider"
  | "bad_topic"
  | "bad_encrypted"
  | "bad_extra"
  | "bad_status"
  | "bad_request"
  | "bad_customer"
  | "missing_request"
  | "missing_customer"
  | "missing_status"
  | "duplicate_tag"
  | "request_mismatch";

/** NIP-90 does not allow this request, result or feedback. The message never quotes a value. */
export class JobTagError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "JobTagError";
  /** The stable code of the reason. */
  readonly code: JobTagErrorCode;
  /** Makes an error about one tag. */
  constructor(code: JobTagErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
