/**
 * The order of one increment of a job that is paid while it runs. The order is the data of the packet that pays the increment, and of the
 * packet of amount 0 that asks whether the increment is due.
 *
 * ```text
 * kind 25604  ["e", request] ["p", provider] ["increment", NUMBER]   signed by the buyer; the first increment is paid with the request
 *             ["wrap", provider]                                     if the job is private
 * ```
 *
 * Pure.
 *
 * @see docs/money.md#metered
 * @module
 */
import type { EventTemplate, NostrEvent } from "./event.ts";
import { INCREMENT_ORDER_KIND } from "./kinds.ts";
import { orderTags } from "./private_job.ts";

/** The increment that a buyer orders. */
interface IncrementOrder {
  readonly requestId: string;
  readonly provider: string;
  /** The number of the increment, from 2. */
  readonly number: number;
}

/** The order, for its buyer to sign. */
export function incrementOrder(
  { requestId, provider, number }: IncrementOrder,
  createdAtS: number,
  isPrivate = false,
): EventTemplate {
  return meterOrder({ requestId, provider }, ["increment", String(number)], createdAtS, isPrivate);
}

/** An order about a meter: the tag says what is ordered. */
export function meterOrder(
  { requestId, provider }: { readonly requestId: string; readonly provider: string },
  tag: readonly [name: "increment" | "turn", number: string],
  createdAtS: number,
  isPrivate: boolean,
): EventTemplate {
  return {
    kind: INCREMENT_ORDER_KIND,
    created_at: createdAtS,
    tags: [["e", requestId], ["p", provider], [...tag], ...orderTags(provider, isPrivate)],
    content: "",
  };
}

/** The obligation of a payment: exactly this increment of this request. */
export function incrementObligation(requestId: string, number: number): string {
  return `increment:${requestId}/${number}`;
}

/** Reads an order whose signature was verified. Throws {@link IncrementOrderError}. */
export function readIncrementOrder(event: Pick<NostrEvent, "kind" | "tags">): IncrementOrder {
  const { requestId, provider, count: number } = readMeterOrder(event, "increment");
  if (number < 2) throw malformed("the first increment is paid with the request");
  return { requestId, provider, number };
}

/** Reads an order about a meter, whose tag `name` has a number from 1. Throws {@link IncrementOrderError}. */
export function readMeterOrder(
  { kind, tags }: Pick<NostrEvent, "kind" | "tags">,
  name: "increment" | "turn",
): { readonly requestId: string; readonly provider: string; readonly count: number } {
  if (kind !== INCREMENT_ORDER_KIND) throw malformed(`its kind is not ${INCREMENT_ORDER_KIND}`);
  const one = (name: string, pattern: RegExp): string => {
    const found = tags.filter((tag) => tag[0] === name);
    const [, value = ""] = found[0] ?? [];
    if (found.length === 1 && pattern.test(value)) return value;
    throw malformed(`it must name one ${name}`);
  };
  return {
    requestId: one("e", /^[0-9a-f]{64}$/),
    provider: one("p", /^[0-9a-f]{64}$/),
    count: Number(one(name, /^[1-9][0-9]{0,5}$/)),
  };
}

function malformed(why: string): IncrementOrderError {
  return new IncrementOrderError(`Cannot read the order of an increment: ${why}`);
}

/** The order cannot be read. */
export class IncrementOrderError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "IncrementOrderError";
  /** The stable code. */
  readonly code = "malformed";
}
