/**
 * Where a receiver hands packets on: to a terminal, or to the next hop.
 *
 * @module
 */
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { IncomingPacketRow } from "../../store/store.ts";
import type { Effect, Inspection, Terminal } from "./terminal.ts";

/** Which row a packet is. */
export type IncomingRef = Pick<IncomingPacketRow, "channelId" | "nonce">;

/** Decides on packets and takes held ones on. */
export interface Delivery {
  /** Before anything is committed; `from` is null for a packet of amount 0 without a claim. */
  inspect(prepare: Prepare, from: IncomingRef | null): Promise<Inspection>;
  /**
   * Takes a held packet on; called again after a restart or a throw. `later`: the outcome comes with the next hop's row, in one
   * commit with it.
   */
  deliver(row: IncomingPacketRow, prepare: Prepare): Promise<Effect | "later">;
  /** An amount-0 packet that was inspected and not refused. */
  pass(prepare: Prepare, obligation: string): Promise<Effect>;
}

/** Everything ends at one terminal. */
export function terminalDelivery(terminal: Terminal): Delivery {
  return {
    inspect: (prepare) => terminal.inspect(prepare),
    deliver: (row, prepare) => terminal.effect(prepare, row.obligation ?? ""),
    pass: (prepare, obligation) => terminal.effect(prepare, obligation),
  };
}
