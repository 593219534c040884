/**
 * The interface through which a receiver passes packets on: to a terminal, or to the next hop.
 *
 * @module
 */
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { IncomingPacketRow } from "../../store/store.ts";
import type { Asker, Effect, Inspection, Terminal } from "./terminal.ts";

/** The key of an incoming packet's row. */
export type IncomingRef = Pick<IncomingPacketRow, "channelId" | "nonce">;

/** The obligation of a packet that a connector forwards. It names the packet, so no other packet can pay it. */
export function forwardObligation({ channelId, nonce }: IncomingRef): string {
  return `forward:${channelId}:${nonce}`;
}

/** Decides on packets, and processes held ones. */
export interface Delivery {
  /** Inspects a packet before anything is committed. `from` is null for a packet of amount 0 without a claim. */
  inspect(prepare: Prepare, from: IncomingRef | null): Promise<Inspection>;
  /**
   * Processes a held packet. It is called again after a restart or an error. `later` means that the outcome will be committed together with
   * the next hop's row.
   */
  deliver(row: IncomingPacketRow, prepare: Prepare): Promise<Effect | "later">;
  /**
   * Whether {@link deliver} has no effect before its own commit. Then it starts while the packet is not durable yet: its commit follows the
   * packet's, or is the same. Default: false.
   */
  isPrepared?(prepare: Prepare): boolean;
  /** Says who sends a packet of amount 0. Default: a stranger. */
  asker?(prepare: Prepare): Asker;
  /** Processes a packet of amount 0 that was inspected and not refused. */
  pass(prepare: Prepare, obligation: string): Promise<Effect>;
}

/** The delivery to one terminal. */
export function terminalDelivery(terminal: Terminal): Delivery {
  return {
    inspect: (prepare) => terminal.inspect(prepare),
    deliver: (row, prepare) => terminal.effect(prepare, row.obligation ?? ""),
    isPrepared: () => terminal.isPure === true,
    asker: (prepare) => terminal.asker?.(prepare) ?? "stranger",
    pass: (prepare, obligation) => terminal.effect(prepare, obligation),
  };
}
