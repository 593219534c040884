/**
 * How far the documents of one relay are settled.
 *
 * Held: the numbers of documents that went out and are not settled, which the host bounds, and at most one entry between two of them for
 * all documents that were passed over.
 *
 * @module
 */

/**
 * The `created_at` up to which everything is settled. Only the settled prefix counts, because a pool may settle out of order. Stored events
 * come newest first, so they count only after all of them were settled.
 */
export class SettledCursor {
  #atS: number | null;
  readonly #move: (atS: number) => void;
  readonly #order: { seq: number; atS: number | null; step: "stored" | "live" | "end" }[] = [];
  readonly #out = new Set<number>();
  readonly #settled = new Set<number>();
  #storedAtS: number | null = null;
  /** Numbers of documents that were not sent; negative, so that no item has them. */
  #passedOver = 0;

  /** Starts at a saved cursor (seconds) or null. `move` is called whenever the cursor advances. */
  constructor(atS: number | null, move: (atS: number) => void) {
    this.#atS = atS;
    this.#move = move;
  }

  /** Records that an item was sent. */
  emitted(seq: number, createdAtS: number | null, stored: boolean): void {
    this.#out.add(seq);
    this.#order.push({ seq, atS: createdAtS, step: stored ? "stored" : "live" });
  }

  /** Records a document that is not sent, because nobody needs it. It counts as settled. */
  passOver(createdAtS: number | null, stored: boolean): void {
    const step = stored ? "stored" : "live";
    const last = this.#order.at(-1);
    // Many of them may come while one document is not settled, so they share an entry.
    if (last !== undefined && last.seq < 0 && last.step === step) {
      last.atS = latest(last.atS, createdAtS);
      return;
    }
    const seq = --this.#passedOver;
    this.#settled.add(seq);
    this.#order.push({ seq, atS: createdAtS, step });
    this.#advance();
  }

  /** Records that all stored events were sent. If that is only assumed, nothing moves. */
  storedEnd(assumed: boolean): void {
    if (assumed) return;
    this.#order.push({ seq: 0, atS: null, step: "end" });
    this.#advance();
  }

  /** Records settled items, whatever their outcome. Numbers that were not sent here belong to other relays. */
  settle(seqs: readonly number[]): void {
    for (const seq of seqs) if (this.#out.delete(seq)) this.#settled.add(seq);
    this.#advance();
  }

  #advance(): void {
    let atS = this.#atS;
    let passed = 0;
    for (const { seq, atS: itemAtS, step } of this.#order) {
      if (step === "end") {
        atS = latest(atS, this.#storedAtS);
        this.#storedAtS = null;
      } else if (!this.#settled.delete(seq)) break;
      else if (step === "stored") this.#storedAtS = latest(this.#storedAtS, itemAtS);
      else atS = latest(atS, itemAtS);
      passed++;
    }
    this.#order.splice(0, passed);
    if (atS === null || atS === this.#atS) return;
    this.#atS = atS;
    this.#move(atS);
  }
}

function latest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
