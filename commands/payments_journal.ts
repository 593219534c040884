/**
 * The journal of a home as commands read it, beside whoever writes it.
 *
 * @module
 */
import type { Config } from "../services/config/config.ts";
import type { JournalStats, Store } from "../services/store/store.ts";
import { hasStore, readStore } from "./read_store.ts";

/** What `payments` commands ask a store. */
export type JournalReads =
  & Pick<
    Store,
    "listJournal" | "journalStats" | "listPayerChannels" | "openOutgoing" | "heldIncoming"
  >
  & AsyncDisposable;

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
