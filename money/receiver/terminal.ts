/**
 * Where a paid packet ends: what a relay or a provider gives the receiver, so that an effect and its payment are one commit.
 *
 * @module
 */
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { Change } from "../../store/store.ts";

/** A refusal in ILP's own code. The receiver fills in `triggeredBy` with its address where the terminal names none. */
export interface TerminalReject {
  /** `F02`, `T04`... */
  readonly code: string;
  /** For people; no secret. */
  readonly message: string;
  /** At most 32 KiB. */
  readonly data?: Uint8Array;
  readonly triggeredBy?: string;
}

/** What a packet would pay for, or why it is refused before anything is committed. */
export type Inspection =
  | {
    readonly obligation: string;
    /** The most that may be held for its account with it, base units; T04 above it. No limit unless told. */
    readonly maxHeldUnits?: bigint;
    /** Called once when the packet is refused all the same: gives back what was reserved for it. */
    readonly release?: () => void;
  }
  | {
    readonly reject: TerminalReject;
    /** Called where the account's credit covers the packet that is refused. */
    readonly ifCovered?: () => void;
  };

/** What came of a held packet. `changes` are committed together with the outcome (W2), all or none. */
export type Effect =
  | {
    /** 32 bytes whose SHA-256 is the PREPARE's condition; anything else is refused as T00. */
    readonly fulfilment: Uint8Array;
    /** At most 32 KiB. */
    readonly data: Uint8Array;
    readonly changes?: readonly Change[];
  }
  | { readonly reject: TerminalReject; readonly changes?: readonly Change[] };

/** A place where packets end: local delivery of a connector, or a provider behind its session. */
export interface Terminal {
  /**
   * Runs before anything is committed, so it is cheap and has no effect: checks the data and the price, and names the obligation.
   * A packet of amount 0 is answered from here alone: a quote is a reject whose data carries it.
   */
  inspect(prepare: Prepare): Promise<Inspection>;
  /**
   * Does what was paid for. Idempotent by `obligation`: after a crash it is called again for the same held packet. A throw leaves
   * the packet held (the outcome is unknown); it is tried again later, never refused by itself.
   */
  effect(prepare: Prepare, obligation: string): Promise<Effect>;
}
