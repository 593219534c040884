/**
 * The states of a packet, at its payer and at its receiver (docs/money.md, P1-P4 and Q1-Q5). The first outcome is final. Only an answer, a
 * proof or the chain can decide it.
 *
 * @module
 */

/** The outcomes of a packet, on both sides. */
export type PacketOutcomeState = "fulfilled" | "refused";

/** The state of a packet that we pay: `open` until its outcome is known. */
export type OutgoingState = "open" | PacketOutcomeState;

/** The state of a packet that pays us: `held` until its outcome is committed. */
export type IncomingState = "held" | PacketOutcomeState;

const OUTCOMES = ["fulfilled", "refused"] as const;

/** The states that may follow each state, on both sides. */
const NEXT: Readonly<Record<OutgoingState | IncomingState, readonly PacketOutcomeState[]>> = {
  open: OUTCOMES,
  held: OUTCOMES,
  fulfilled: [],
  refused: [],
};

/** Every state of a packet that we pay. */
export const OUTGOING_STATES: readonly OutgoingState[] = ["open", ...OUTCOMES];

/** Every state of a packet that pays us. */
export const INCOMING_STATES: readonly IncomingState[] = ["held", ...OUTCOMES];

/** Whether a packet waits for its outcome. */
export function isPending(state: OutgoingState | IncomingState): state is "open" | "held" {
  return NEXT[state].length > 0;
}

/** Whether the packet's amount was paid or may still be paid: a second packet for its obligation could pay twice. */
export function countsAsPaid(state: OutgoingState | IncomingState): boolean {
  return state !== "refused";
}
