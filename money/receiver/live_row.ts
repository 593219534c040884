/**
 * A receiver's packet in memory, and the reply that its sender waits for.
 *
 * @module
 */
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { IncomingPacketRow } from "../../store/store.ts";
import type { ClaimAck } from "../claims/claim_ack.ts";

/** The answer for the payer. Null sends nothing; then the payer asks again. */
export type Reply = { readonly packet: Uint8Array; readonly ack: ClaimAck | null } | null;

/** A packet in memory. */
export interface LiveRow {
  row: IncomingPacketRow;
  /** Rows with the stage `deciding` are not stored yet. */
  stage: "deciding" | "held" | "settled";
  /** Whether a delivery is running. */
  delivering: boolean;
  /** Whether the outcome is durable. */
  durable: boolean;
  /** What the sender is told, once it is known. Undefined before. */
  told: Reply | undefined;
  /** Answers the newest request. Only that one is answered, and repeated requests hold no memory. */
  answer: ((reply: Reply) => void) | null;
}

/** The packet's reply for the newest request. The previous request gets none. */
export function ask(packet: LiveRow): Promise<Reply> {
  packet.answer?.(null);
  if (packet.told !== undefined) return Promise.resolve(packet.told);
  return new Promise((resolve) => packet.answer = resolve);
}

/** Tells the newest request, and those that come later, what became of the packet. The first reply stays. */
export function tell(packet: LiveRow, reply: Reply): void {
  if (packet.told !== undefined) return;
  packet.told = reply;
  packet.answer?.(reply);
  packet.answer = null;
}

/** A packet that enters memory. */
export function liveRow(row: IncomingPacketRow, stage: LiveRow["stage"]): LiveRow {
  return { row, stage, delivering: false, durable: false, told: undefined, answer: null };
}

/** The row of a packet that is not decided yet. `prepare` is null if the packet cannot be decoded. */
export function newRow(
  fields: Pick<IncomingPacketRow, "channelId" | "nonce" | "hash" | "prepare" | "receivedAtMs">,
  prepare: Prepare | null,
): IncomingPacketRow {
  return {
    ...fields,
    amount: prepare?.amount ?? 0n,
    obligation: null,
    state: "held",
    answer: null,
    next: null,
  };
}
