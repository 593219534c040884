/** Folders of stores, for tests of their files. */
import assert from "node:assert/strict";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { StoreError } from "../../store/store_error.ts";

export const clock = () => 0;

export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export async function filled(folder: string): Promise<void> {
  const store = await openSqliteStore({ folder, clock });
  for (let index = 0; index < 50; index++) {
    await store.commit([{ op: "setCursor", name: `c${index}`, value: "x".repeat(3_000) }]);
  }
  await store.close();
}

export const coded = (code: StoreError["code"], says?: RegExp) => (error: StoreError) => {
  assert.equal(error.code, code, error.message);
  if (says) assert.match(error.message, says);
  return true;
};
