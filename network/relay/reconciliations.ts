/**
 * Open reconciliations (NIP-77): a client and the relay find out which events either lacks.
 *
 * Holds the ids of what each filter found, at most `maxReconciled` for one and four times that for all together; when it is full, the one
 * that was idle for longest is closed with `NEG-ERR`.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/77.md
 * @module
 */
import { NegentropyError, NegentropySet } from "../../protocols/nostr/negentropy.ts";
import { bytesToHex, hexToBytes } from "../../protocols/nostr/hex.ts";
import type { FoundEvent } from "./event_search.ts";

/** An answer: `NEG-MSG` with hex, or `NEG-ERR` with words. */
export type ReconciliationAnswer = { readonly hex: string } | { readonly error: string };

interface Open {
  readonly set: NegentropySet;
  readonly closed: (reason: string) => void;
}

/** The most of all that is held, as a multiple of what one may hold. */
const ALL = 4;

/** The reconciliations of all connections; keys are the connections' own. */
export class Reconciliations {
  readonly #open = new Map<string, Open>();
  readonly #max: number;
  #items = 0;

  /** One holds at most `maxItems`. */
  constructor(maxItems: number) {
    this.#max = maxItems;
  }

  /** Opens one over what was found, and answers its first message. `closed` is told when it must make room. */
  open(
    key: string,
    found: readonly FoundEvent[],
    hex: string,
    closed: (reason: string) => void,
  ): ReconciliationAnswer {
    this.close(key);
    if (found.length > this.#max) {
      return { error: `blocked: the filter finds more than ${this.#max} events` };
    }
    while (this.#items + found.length > this.#max * ALL) {
      const [idle, { closed }] = this.#open.entries().next().value!;
      this.close(idle);
      closed("closed: others needed the room");
    }
    this.#open.set(key, { set: new NegentropySet(found), closed });
    this.#items += found.length;
    return this.answer(key, hex);
  }

  /** Answers a further message. */
  answer(key: string, hex: string): ReconciliationAnswer {
    const open = this.#open.get(key);
    if (open === undefined) return { error: "closed: no such reconciliation is open" };
    this.#open.delete(key);
    this.#open.set(key, open);
    try {
      return { hex: bytesToHex(open.set.answer(hexToBytes(hex))) };
    } catch (error) {
      if (!(error instanceof NegentropyError)) throw error;
      this.close(key);
      return { error: `invalid: ${error.message}` };
    }
  }

  /** Closes one, if it is open. */
  close(key: string): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    this.#items -= open.set.size;
  }
}
