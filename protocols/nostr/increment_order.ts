/**
 * The order of one increment of a job that is paid while it runs. The order is the data of the packet that pays the increment, and of the
 * packet of amount 0 that asks whether the increment is due.
 *
 * ```text
 * kind 25604  ["e", request] ["p", provider] ["increment", NUMBER]   signed by the buyer; the first increment is paid with the request
 * ```
 *
 * Pure.
 *
 * @see docs/money.md#metered
 * @module
 */
import type { EventTemplate, NostrEvent } from "./event.ts";
import { INCREMENT_ORDER_KIND } from "./kinds.ts";

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
): EventTemplate {
  return {
    kind: INCREMENT_ORDER_KIND,
    created_at: createdAtS,
    tags: [["e", requestId], ["p", provider], ["increment", String(number)]],
    content: "",
  };
}

/** The obligation of a payment: exactly this increment of this request. */
export function incrementObligation(requestId: string, number: number): string {
  return `increment:${requestId}/${number}`;
}

/** Reads an order whose signature was verified. Throws {@link IncrementOrderError}. */
export function readIncrementOrder({ kind, tags }: Pick<NostrEvent, "kind" | "tags">) {
  if (kind !== INCREMENT_ORDER_KIND) throw malformed(`its kind is not ${INCREMENT_ORDER_KIND}`);
  const one = (name: string, pattern: RegExp): string => {
    const found = tags.filter((tag) => tag[0] === name);
    const [, value = ""] = found[0] ?? [];
    if (found.length === 1 && pattern.test(value)) return value;
    throw malformed(`it must name one ${name}`);
  };
  const order: IncrementOrder = {
    requestId: one("e", /^[0-9a-f]{64}$/),
    provider: one("p", /^[0-9a-f]{64}$/),
    number: Number(one("increment", /^[1-9][0-9]{0,5}$/)),
  };
  if (order.number < 2) throw malformed("the first increment is paid with the request");
  return order;
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
