/**
 * The order with which a buyer pauses a metered job, or lets it go on. It is the data of a packet of amount 0. The orders of a job are
 * numbered from 1: an odd turn pauses the run, an even one ends the pause. So an order that comes twice or late changes nothing.
 *
 * ```text
 * kind 25604  ["e", request] ["p", provider] ["turn", NUMBER]   signed by the buyer
 *             ["wrap", provider]                                if the job is private
 * ```
 *
 * Pure.
 *
 * @see docs/money.md#pauses
 * @module
 */
import type { EventTemplate, NostrEvent } from "./event.ts";
import { IncrementOrderError, meterOrder, readMeterOrder } from "./increment_order.ts";

/** The turn that a buyer orders. */
interface TurnOrder {
  readonly requestId: string;
  readonly provider: string;
  /** From 1. */
  readonly turn: number;
}

/** The most turns of a job. */
export const MAX_TURNS = 1_000;

/** Whether a run is paused after so many turns. */
export function isPaused(turns: number): boolean {
  return turns % 2 === 1;
}

/** The order, for its buyer to sign. */
export function turnOrder(
  { requestId, provider, turn }: TurnOrder,
  createdAtS: number,
  isPrivate: boolean,
): EventTemplate {
  return meterOrder({ requestId, provider }, ["turn", String(turn)], createdAtS, isPrivate);
}

/** Whether an order of this kind is for a turn, and not for an increment. */
export function isTurn({ tags }: Pick<NostrEvent, "tags">): boolean {
  return tags.some(([name]) => name === "turn");
}

/** What the packet of a turn is for. */
export function turnObligation(requestId: string, turn: number): string {
  return `turn:${requestId}/${turn}`;
}

/** Reads an order whose signature was verified. Throws IncrementOrderError. */
export function readTurnOrder(event: Pick<NostrEvent, "kind" | "tags">): TurnOrder {
  const { requestId, provider, count: turn } = readMeterOrder(event, "turn");
  if (turn > MAX_TURNS) {
    throw new IncrementOrderError(`Cannot read the order of a turn: a job has ${MAX_TURNS}`);
  }
  return { requestId, provider, turn };
}
