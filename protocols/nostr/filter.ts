/**
 * Filters of NIP-01, with strict parsing and exact matching. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md#from-client-to-relay-sending-events-and-creating-subscriptions
 * @module
 */
import { MAX_KIND, type NostrEvent } from "./event.ts";
import { isHex } from "./hex.ts";

/**
 * A filter, as in messages. An event must match all fields, and at least one value of each list. An empty list matches no event, `{}`
 * matches every event.
 */
export interface Filter {
  /** Event ids, 64 lowercase hex digits each; no prefixes. */
  readonly ids?: readonly string[];
  /** Public keys, 64 lowercase hex digits each; no prefixes. */
  readonly authors?: readonly string[];
  /** Kinds, 0 to 65,535. */
  readonly kinds?: readonly number[];
  /** Seconds since the epoch: `created_at >= since`. */
  readonly since?: number;
  /** Seconds since the epoch: `created_at <= until`. */
  readonly until?: number;
  /** The most stored events, newest first. It does not limit live events. */
  readonly limit?: number;
  /** Values of tags whose name is one letter: `#e`, `#p`, `#t`... */
  readonly [tag: `#${string}`]: readonly string[] | undefined;
}

/** The limits of a filter. */
export interface FilterLimits {
  /** Values in one list. Default: 1,000. */
  readonly maxValues?: number;
  /** Lists of tag values. Default: 10. */
  readonly maxTags?: number;
  /** UTF-16 units of one tag value. Default: 1,024. */
  readonly maxValueLength?: number;
}

/**
 * Checks a filter from others and returns a new one. Fields that NIP-01 does not define are refused, not ignored: a filter that loses a
 * condition would request more than its author meant.
 *
 * @throws {FilterError} naming the field.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseFilter } from "./filter.ts";
 *
 * assert.deepEqual(parseFilter({ kinds: [5050], "#t": ["ci-run"] }), { kinds: [5050], "#t": ["ci-run"] });
 * assert.throws(() => parseFilter({ kinds: ["5050"] }), { code: "bad_field" });
 * assert.throws(() => parseFilter({ search: "x" }), { code: "unknown_field" });
 * ```
 */
export function parseFilter(value: unknown, limits: FilterLimits = {}): Filter {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FilterError("not_an_object", "a filter must be an object");
  }
  const filter: Record<string, unknown> = {};
  const maxTags = limits.maxTags ?? 10;
  let tags = 0;
  for (const [name, field] of Object.entries(value)) {
    if (name === "ids" || name === "authors") filter[name] = list(name, field, limits, isId);
    else if (name === "kinds") filter[name] = list(name, field, limits, isKind);
    else if (name === "since" || name === "until" || name === "limit") {
      filter[name] = count(name, field);
    } else if (/^#[a-zA-Z]$/.test(name)) {
      if (++tags > maxTags) throw new FilterError("too_many", `over ${maxTags} tag conditions`);
      const maxLength = limits.maxValueLength ?? 1_024;
      filter[name] = list(name, field, limits, (item) => isValue(item, maxLength));
    } else throw new FilterError("unknown_field", "a filter has a field that NIP-01 does not know");
  }
  return filter as Filter;
}

/** Whether an event matches a filter. `limit` is ignored. */
export function matchesFilter(filter: Filter, event: NostrEvent): boolean {
  if (filter.kinds !== undefined && !filter.kinds.includes(event.kind)) return false;
  if (filter.since !== undefined && event.created_at < filter.since) return false;
  if (filter.until !== undefined && event.created_at > filter.until) return false;
  if (filter.ids !== undefined && !filter.ids.includes(event.id)) return false;
  if (filter.authors !== undefined && !filter.authors.includes(event.pubkey)) return false;
  for (const name in filter) {
    if (name[0] !== "#") continue;
    const values = filter[name as `#${string}`];
    if (values === undefined) continue;
    const letter = name.slice(1);
    if (
      !event.tags.some((tag) =>
        tag[0] === letter && tag[1] !== undefined && values.includes(tag[1])
      )
    ) {
      return false;
    }
  }
  return true;
}

/** Whether an event matches at least one filter. Without filters, no event matches. */
export function matchesAny(filters: readonly Filter[], event: NostrEvent): boolean {
  return filters.some((filter) => matchesFilter(filter, event));
}

function list(
  name: string,
  value: unknown,
  limits: FilterLimits,
  accepts: (item: unknown) => boolean,
): unknown[] {
  const max = limits.maxValues ?? 1_000;
  if (!Array.isArray(value)) throw new FilterError("bad_field", `${name} must be an array`);
  if (value.length > max) {
    throw new FilterError(
      "too_many",
      `${name} must have at most ${max} values (got ${value.length})`,
    );
  }
  const bad = value.findIndex((item) => !accepts(item));
  if (bad !== -1) {
    throw new FilterError("bad_field", `${name}[${bad}] must be ${RULES[name] ?? TAG_RULE}`);
  }
  return [...value];
}

const RULES: Readonly<Record<string, string>> = {
  ids: "64 lowercase hex digits",
  authors: "64 lowercase hex digits",
  kinds: `an integer from 0 to ${MAX_KIND}`,
};
const TAG_RULE = "a short string";

function isId(item: unknown): boolean {
  return isHex(item, 64);
}

function isKind(item: unknown): boolean {
  return Number.isInteger(item) && (item as number) >= 0 && (item as number) <= MAX_KIND;
}

function isValue(item: unknown, maxLength: number): boolean {
  return typeof item === "string" && item.length <= maxLength && item.isWellFormed();
}

function count(name: string, value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new FilterError("bad_field", `${name} must be an integer of 0 or more`);
  }
  return value as number;
}

/** Why a filter was refused. `unknown_field`: NIP-01 does not define the field. `too_many`: a limit was exceeded. */
type FilterErrorCode = "not_an_object" | "unknown_field" | "bad_field" | "too_many";

/** The filter was refused. */
export class FilterError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "FilterError";
  /** The stable code of the reason. */
  readonly code: FilterErrorCode;
  /** Makes an error about one field. */
  constructor(code: FilterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
