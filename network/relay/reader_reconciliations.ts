/**
 * The reconciliations (NIP-77) of one connection, by subscription id.
 *
 * Holds a key for each; the sets are the relay's (reconciliations.ts).
 *
 * @module
 */
import { encodeMessage } from "../../protocols/nostr/message.ts";
import { parseReason } from "../../protocols/nostr/reason.ts";
import type { FoundEvent } from "./event_search.ts";
import type { ReaderHost } from "./reader_host.ts";
import type { ReconciliationAnswer } from "./reconciliations.ts";

/** What NEG-OPEN, NEG-MSG and NEG-CLOSE do. */
export class ReaderReconciliations {
  readonly #host: ReaderHost;
  readonly #send: (text: string) => void;
  readonly #keys = new Map<string, string>();

  /** None yet; answers go to `send`. */
  constructor(host: ReaderHost, send: (text: string) => void) {
    this.#host = host;
    this.#send = send;
  }

  /** How many are open. */
  get size(): number {
    return this.#keys.size;
  }

  /** Opens one over what was found, in place of one under the same id. */
  open(id: string, found: readonly FoundEvent[], hex: string): void {
    this.close(id);
    const { reconciliations } = this.#host;
    const key = this.#host.newKey();
    this.#keys.set(id, key);
    this.#answer(id, reconciliations.open(key, found, hex, (reason) => this.refuse(id, reason)));
  }

  /** Answers a further message. */
  message(id: string, hex: string): void {
    this.#answer(id, this.#host.reconciliations.answer(this.#keys.get(id) ?? "", hex));
  }

  /** The client is done with one. */
  close(id: string): void {
    const key = this.#keys.get(id);
    if (key === undefined) return;
    this.#keys.delete(id);
    this.#host.reconciliations.close(key);
  }

  /** Says that there is none under this id (any more), and why. */
  refuse(id: string, reason: string): void {
    this.#answer(id, { error: reason });
  }

  /** The connection is closed. */
  ended(): void {
    for (const key of this.#keys.values()) this.#host.reconciliations.close(key);
    this.#keys.clear();
  }

  #answer(subscription: string, answer: ReconciliationAnswer): void {
    if ("hex" in answer) {
      return this.#send(encodeMessage({ type: "NEG-MSG", subscription, hex: answer.hex }));
    }
    this.#keys.delete(subscription);
    this.#send(encodeMessage({ type: "NEG-ERR", subscription, ...parseReason(answer.error) }));
  }
}
