/**
 * Where a packet stands, as its payer and as its receiver keep it (docs/money.md, P1-P4 and Q1-Q5). The first outcome wins; only an
 * answer, a proof or the chain brings it.
 *
 * @module
 */

/** How a packet ends on either side. */
export type PacketOutcomeState = "fulfilled" | "refused";

/** Where a packet that we pay stands: `open` until its outcome is known. */
export type OutgoingState = "open" | PacketOutcomeState;

/** Where a packet that we are paid by stands: `held` until its outcome is committed. */
export type IncomingState = "held" | PacketOutcomeState;

const OUTCOMES = ["fulfilled", "refused"] as const;

/** Statuses that may follow, of both sides. */
const NEXT: Readonly<Record<OutgoingState | IncomingState, readonly PacketOutcomeState[]>> = {
  open: OUTCOMES,
  held: OUTCOMES,
  fulfilled: [],
  refused: [],
};

/** Every state of a packet that we pay. */
export const OUTGOING_STATES: readonly OutgoingState[] = ["open", ...OUTCOMES];

/** Every state of a packet that we are paid by. */
export const INCOMING_STATES: readonly IncomingState[] = ["held", ...OUTCOMES];

/** Whether a packet waits for its outcome. */
export function isPending(state: OutgoingState | IncomingState): state is "open" | "held" {
  return NEXT[state].length > 0;
}

/** Whether the packet's amount was paid or may be: a second packet for its obligation would pay twice. */
export function countsAsPaid(state: OutgoingState | IncomingState): boolean {
  return state !== "refused";
}
