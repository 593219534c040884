/**
 * A home's journal for commands that read it while another process may write it.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { JournalFilter, JournalStats, Store } from "../../store/store.ts";
import type { Output } from "../../shell/output.ts";
import { hasStoreToShow, readStore } from "../../shell/home/read_store.ts";

/** The part of the store that `payments` commands use. */
export type JournalReads =
  & Pick<
    Store,
    "listJournal" | "journalStats" | "listPayerChannels" | "openOutgoing" | "heldIncoming"
  >
  & AsyncDisposable;

/**
 * Warns if the period begins before the store's oldest entry. Old entries are removed from the store (`keep_days` under `[state]`) and stay
 * in the repository. Returns the time from which on all entries exist; null if none was removed.
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

/** Opens the home's journal. It is empty if nothing was stored yet. */
export async function journalOf(config: Config): Promise<JournalReads> {
  return await hasStoreToShow(config) ? await readStore(config) : NOTHING;
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
  lightning: { payments: 0, paidMsats: 0n, feesMsats: 0n, earnings: 0, earnedMsats: 0n },
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
