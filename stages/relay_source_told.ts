/**
 * Remembers the documents that a relay source has passed on, whether they were pushed or found by asking. Holds the digests of the last
 * 4,096.
 *
 * @module
 */
import { sha256 } from "../protocols/sha256.ts";

const MAX_DIGESTS = 4_096;

/** The passed-on documents of one source. */
export class ToldDocuments {
  readonly #told = new Set<string>();

  /** Records a document; true if it was already recorded. */
  know(bytes: Uint8Array): boolean {
    const digest = sha256(bytes).toBase64();
    if (this.#told.has(digest)) return true;
    this.#told.add(digest);
    if (this.#told.size > MAX_DIGESTS) this.#told.delete(this.#told.values().next().value!);
    return false;
  }
}
