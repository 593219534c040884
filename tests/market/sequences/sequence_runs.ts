/** Sequences that run to their end, each in a store of its own. */
import type { SequenceDocument } from "../../../market/sequences/sequence_document.ts";
import { runSequence } from "../../../market/sequences/sequence_runner.ts";
import type { SequenceState } from "../../../store/sequence_row.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import type { Store } from "../../../store/store.ts";
import { type Fates, playToEnd, putSequence, runnerOn } from "./sequence_market.ts";

export const never = new AbortController().signal;
export const SUCCESS: Fates = () => ({ status: "success" });

export const withStore = inOwnStore<void>;

export async function inOwnStore<Result>(use: (store: Store) => Promise<Result>): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: () => 1_770_000_000_000 });
  try {
    return await use(store);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a sequence to its end while its jobs meet their fates. */
export async function ran(
  store: Store,
  document: SequenceDocument,
  fates: Fates,
  budget: bigint | null = null,
): Promise<SequenceState> {
  const id = await putSequence(store, document, budget);
  await Promise.all([runSequence(runnerOn(store), id, never), playToEnd(store, id, fates)]);
  return (await store.sequence(id))!;
}

export const steps = ({ steps }: SequenceState) =>
  Object.fromEntries(
    steps.map((
      { name, status, errorCode },
    ) => [name, errorCode === null ? status : `${status} ${errorCode}`]),
  );
