/**
 * The interface of a terminal, at which paid packets end. A relay or a provider implements it, so that an effect and its payment are one
 * commit.
 *
 * @module
 */
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { Change } from "../../store/store.ts";

/** A refusal with an ILP code. If the terminal sets no `triggeredBy`, the receiver sets its own address. */
export interface TerminalReject {
  /** `F02`, `T04`... */
  readonly code: string;
  /** A message for people, without secrets. */
  readonly message: string;
  /** At most 32 KiB. */
  readonly data?: Uint8Array;
  readonly triggeredBy?: string;
}

/** What a packet would pay for, or why it is refused before anything is committed. */
export type Inspection =
  | {
    readonly obligation: string;
    /** The most that its account may hold with this packet, in base units. Above it the packet is refused with T04. Default: no limit. */
    readonly maxHeldUnits?: bigint;
    /** Called once if the packet is refused in spite of this inspection. It releases what was reserved for it. */
    readonly release?: () => void;
  }
  | {
    readonly reject: TerminalReject;
    /** Called if the account's credit covers the refused packet. */
    readonly ifCovered?: () => void;
  };

/** The result of a held packet. `changes` are committed together with the outcome (write 2), all or none. */
export type Effect =
  | {
    /** 32 bytes whose SHA-256 is the PREPARE's condition. Any other value refuses the packet with F05. */
    readonly fulfilment: Uint8Array;
    /** At most 32 KiB. */
    readonly data: Uint8Array;
    readonly changes?: readonly Change[];
  }
  | { readonly reject: TerminalReject; readonly changes?: readonly Change[] };

/**
 * Who sends a packet of amount 0, by the packet's own words, which nobody has verified: a stranger, a buyer that paid before, one that asks
 * about its job, or one that asks in a gift wrap. A crowd of one sort delays none of the others.
 */
export type Asker = "stranger" | "known" | "job" | "wrapped";

/** The end of a packet's path: the local delivery of a connector, or a provider behind its session. */
export interface Terminal {
  /** True if everything that `effect` does is in its `changes`. Then it may be called before the packet is durable. */
  readonly isPure?: boolean;
  /**
   * Inspects a packet before anything is committed. It must be cheap and without effect. It checks the data and the price, and names the
   * obligation. Packets of amount 0 are usually answered here: a quote is a reject whose data contains the quote.
   */
  inspect(prepare: Prepare): Promise<Inspection>;
  /** Says who sends a packet of amount 0. It is called for packets above the limit of strangers, and must be cheap. Default: a stranger. */
  asker?(prepare: Prepare): Asker;
  /**
   * Does what was paid for. It must be idempotent by `obligation`, because after a crash it is called again for the same held packet. If it
   * throws, the packet stays held (its outcome is unknown) and is tried again later. It is never refused for that reason.
   */
  effect(prepare: Prepare, obligation: string): Promise<Effect>;
}
