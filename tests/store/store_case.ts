/** A case of the store's contract, and what several cases share. */
import assert from "node:assert/strict";
import type { Change, Store } from "../../store/store.ts";

/** Asserts the code of a rejection; a class does not cross a port. */
export const code = (expected: string) => (error: unknown) =>
  assert.equal((error as { code?: string }).code, expected, String(error)) === undefined;

/** One commit of some changes. */
export async function one(store: Store, ...changes: Change[]): Promise<void> {
  await store.commit(changes);
}

/** What a store must do, on an empty store. */
export interface Case {
  readonly name: string;
  readonly run: (store: Store) => Promise<void>;
}
