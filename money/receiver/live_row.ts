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
  /** Resolves when the outcome is durable. */
  readonly reply: Promise<Reply>;
  tell(reply: Reply): void;
  /** Ends the wait of the previous request. Only the newest request for a packet is answered, so repeated requests hold no memory. */
  supersede: (() => void) | null;
}

/** The packet's reply for the newest request. The previous request gets none. */
export function ask(packet: LiveRow): Promise<Reply> {
  packet.supersede?.();
  const replaced = new Promise<Reply>((resolve) => packet.supersede = () => resolve(null));
  return Promise.race([packet.reply, replaced]);
}

/** A packet that enters memory. */
export function liveRow(row: IncomingPacketRow, stage: LiveRow["stage"]): LiveRow {
  let tell!: (reply: Reply) => void;
  const reply = new Promise<Reply>((resolve) => tell = resolve);
  return { row, stage, delivering: false, durable: false, reply, tell, supersede: null };
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
