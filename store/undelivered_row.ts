/**
 * Private messages that a relay of their reader does not have yet, as the store keeps them.
 *
 * @module
 */

/** A message at one relay of its reader. */
export interface UndeliveredRow {
  /** The message's id, which its reader sees too. */
  readonly messageId: string;
  readonly relayUrl: string;
  /** The reader's public key in hex. */
  readonly reader: string;
  /** The gift wrap, JSON. Empty once it is given up. */
  readonly event: Uint8Array;
  /** `waiting`: it is tried again. `given_up`: it is not. */
  readonly state: "waiting" | "given_up";
  /** How often it was tried. */
  readonly tries: number;
  /** Why it is not there, in the relay's words or in this home's. */
  readonly reason: string | null;
  /** When it is tried again, in milliseconds since the epoch. */
  readonly nextAtMs: number;
  /** When it was sent first. */
  readonly atMs: number;
}

/** Keeps a message for one more try, or gives it up; or drops it, because the relay has it. */
export type UndeliveredChange =
  | { readonly op: "putUndelivered"; readonly row: UndeliveredRow }
  | {
    readonly op: "dropUndelivered";
    readonly messageId: string;
    readonly relayUrl: string;
  };
