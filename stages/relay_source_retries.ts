/**
 * Quarantined documents of the relay that a person marked to be tried once more. The source takes them when it starts. The mark is removed
 * before a document is sent, so that a document that ends the whole process is sent once. The document is removed from quarantine when it
 * was settled. If it ends the stages again, it is set aside again.
 *
 * Holds the marked documents until they are settled; the store keeps at most 1,000.
 *
 * @module
 */
import type { QuarantinedDocument } from "../store/quarantine_row.ts";
import type { Store } from "../store/store.ts";
import type { Item, Settlement } from "./stage.ts";

/** The name of this source in the quarantine. */
export const RETRIED_SOURCE = "relay-source";

/** The documents that the source sends before it reads the relay. */
export class RetriedDocuments {
  readonly #store: Pick<Store, "commit">;
  /** Unsettled documents, by the sequence number of their item. */
  readonly #out = new Map<number, number>();

  /** Removes settled documents from this store. */
  constructor(store: Pick<Store, "commit">) {
    this.#store = store;
  }

  /** Takes the marked documents; `next` returns a sequence number for each. */
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

  /** Removes settled documents from quarantine. */
  async settled(settled: readonly Settlement[]): Promise<void> {
    for (const { seq } of settled) {
      const quarantineId = this.#out.get(seq);
      if (quarantineId === undefined) continue;
      this.#out.delete(seq);
      await this.#store.commit([{ op: "releaseQuarantined", quarantineId }]);
    }
  }
}
