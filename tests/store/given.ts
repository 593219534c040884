/**
 * Rules of the store in three steps: earlier commits, one change, and then its journal entries or the refusal. The
 * store is a real one with a journal; audit and payment log get these entries.
 */
import assert from "node:assert/strict";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { Change, Store } from "../../store/store.ts";
import { code } from "./store_case.ts";

/** The change that is judged. */
export interface When {
  /** The change is committed and writes exactly these entries, each as `type outcome`; `[]` if it writes none. */
  then(entries: readonly string[]): Promise<void>;
  /** The whole commit is refused with this code, and nothing is written. */
  thenRefuses(expected: string): Promise<void>;
}

/** A store whose history the test gives; several histories can exist in one store, each with its own rows. */
export interface World extends AsyncDisposable {
  readonly store: Store;
  given(...before: readonly Change[]): { when(...change: readonly Change[]): When };
}

/** Opens a store of its own. */
export async function openWorld(): Promise<World> {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: () => 5_000, journal: true });
  const tip = async () => (await store.journalTip())?.seq ?? 0;
  return {
    store,
    given: (...before) => ({
      when: (...change) => ({
        async then(entries) {
          for (const each of before) await store.commit([each]);
          const seq = await tip();
          await store.commit(change);
          const written = await store.journalAfter(seq, 10, 0);
          assert.deepEqual(written.map(({ type, outcome }) => `${type} ${outcome}`), entries);
        },
        async thenRefuses(expected) {
          for (const each of before) await store.commit([each]);
          const seq = await tip();
          await assert.rejects(store.commit(change), code(expected));
          assert.equal(await tip(), seq);
        },
      }),
    }),
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/**
 * The cells of a grid: a line of names in the order of the rows, then for each row its name and one sign per column.
 *
 * @returns The row's name, the column's name and the sign of each cell.
 */
export function* cells(grid: string): Generator<[from: string, to: string, sign: string]> {
  const rows = grid.trim().split("\n").map((line) => line.trim().split(/\s+/));
  const words = rows.map(([word]) => word);
  for (const [from, ...signs] of rows) {
    assert.equal(signs.length, words.length, `${from} has a sign for each status`);
    for (const [at, sign] of signs.entries()) yield [from, words[at], sign];
  }
}
