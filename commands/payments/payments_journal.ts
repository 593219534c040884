/**
 * The journal of a home as commands read it, beside whoever writes it.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { JournalFilter, JournalStats, Store } from "../../store/store.ts";
import type { Output } from "../../shell/output.ts";
import { hasStore, readStore } from "../../shell/home/read_store.ts";

/** What `payments` commands ask a store. */
export type JournalReads =
  & Pick<
    Store,
    "listJournal" | "journalStats" | "listPayerChannels" | "openOutgoing" | "heldIncoming"
  >
  & AsyncDisposable;

/**
 * Says where the period begins before what the store still has: entries that are old leave it (`keep_days` under `[state]`) and stay in
 * the repository. Gives since when all are there; null where none was removed.
 */
export async function tellKeptSince(
  store: Pick<Store, "listJournal">,
  { sinceMs = 0 }: JournalFilter,
  output: Pick<Output, "note">,
): Promise<string | null> {
  const [first] = await store.listJournal({ order: "oldest", limit: 1 });
  if (first === undefined || first.seq === 1) return null;
  const since = new Date(first.atMs).toISOString();
  if (sinceMs < first.atMs) {
    await output.note(
      `Entries before ${since} left the store (keep_days); the git repository has them`,
    );
  }
  return since;
}

/** Opens the home's journal; an empty one where nothing was stored yet. */
export async function journalOf(config: Config): Promise<JournalReads> {
  return await hasStore(config) ? await readStore(config) : NOTHING;
}

const NO_SUMS: JournalStats = {
  entries: 0,
  payments: 0,
  paidUnits: 0n,
  earnings: 0,
  earnedUnits: 0n,
  refused: 0,
  forfeits: 0,
  forfeitUnits: 0n,
  p50Units: null,
  writtenBytes: 0,
  writeUnits: 0n,
  byNetwork: {},
  byKind: {},
  byProvider: {},
  byDay: {},
};

const NOTHING: JournalReads = {
  listJournal: () => Promise.resolve([]),
  journalStats: () => Promise.resolve(NO_SUMS),
  listPayerChannels: () => Promise.resolve([]),
  openOutgoing: () => Promise.resolve([]),
  heldIncoming: () => Promise.resolve([]),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
