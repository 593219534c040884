/**
 * Documents of the relay that were set aside because they ended the stages behind this source, and that a person wants to have given
 * once more. They are taken when the source starts. The mark goes before a document is given, so that one that ends the whole process
 * is given once; the document itself goes when it was settled. One that ends the stages again is set aside again.
 *
 * Holds the marked documents until they are settled; the store keeps 1,000 at most.
 *
 * @module
 */
import type { QuarantinedDocument } from "../store/quarantine_row.ts";
import type { Store } from "../store/store.ts";
import type { Item, Settlement } from "./stage.ts";

/** The name under which the quarantine knows this source. */
export const RETRIED_SOURCE = "relay-source";

/** What the source gives before it reads the relay. */
export class RetriedDocuments {
  readonly #store: Pick<Store, "commit">;
  /** Documents that are out, by the sequence number of their item. */
  readonly #out = new Map<number, number>();

  /** Settles in this store. */
  constructor(store: Pick<Store, "commit">) {
    this.#store = store;
  }

  /** Takes marked documents; `next` gives each its sequence number. */
  async take(marked: readonly QuarantinedDocument[], next: () => number): Promise<Item[]> {
    if (marked.length === 0) return [];
    await this.#store.commit(
      marked.map(({ quarantineId }) => ({
        op: "retryQuarantined" as const,
        quarantineId,
        retry: false,
      })),
    );
    return marked.map(({ quarantineId, bytes, known }) => {
      const seq = next();
      this.#out.set(seq, quarantineId);
      return { seq, bytes, known };
    });
  }

  /** Lets go of those that were settled. */
  async settled(settled: readonly Settlement[]): Promise<void> {
    for (const { seq } of settled) {
      const quarantineId = this.#out.get(seq);
      if (quarantineId === undefined) continue;
      this.#out.delete(seq);
      await this.#store.commit([{ op: "releaseQuarantined", quarantineId }]);
    }
  }
}
