/**
 * Tells when something in the home changed. Another process writes the store: the end of its journal is looked at often, which is one
 * read of an index, and rows are read only when it moved on.
 *
 * @module
 */
import type { JournalEntry } from "../../store/journal_row.ts";
import type { Store } from "../../store/store.ts";

/** How often the end of the journal is looked at. */
const LOOK_MS = 50;
/** Rows are read as often at most, however much happens. */
const READ_MS = 100;
/** As many entries are read at once. Of more, only the last are told. */
const PAGE = 200;

/** Calls `onChange` once at the start and after each change, one call at a time, until the signal. */
export async function watchHome(
  store: Pick<Store, "journalTip" | "listJournal">,
  onChange: (fresh: readonly JournalEntry[]) => Promise<void>,
  { signal, earlier }: { readonly signal: AbortSignal; readonly earlier: number },
): Promise<void> {
  const tip = async () => (await store.journalTip())?.seq ?? 0;
  let seen = Math.max(0, await tip() - earlier);
  for (let first = true; !signal.aborted; first = false) {
    const now = await tip();
    if (first || now !== seen) {
      const fresh = await newest(store, seen, now);
      seen = now;
      await onChange(fresh);
    }
    await pause(now === seen && !first ? LOOK_MS : READ_MS, signal);
  }
}

async function newest(
  store: Pick<Store, "listJournal">,
  afterSeq: number,
  upTo: number,
): Promise<JournalEntry[]> {
  if (upTo <= afterSeq) return [];
  const entries = await store.listJournal({
    afterSeq: Math.max(afterSeq, upTo - PAGE),
    order: "oldest",
    limit: PAGE,
  });
  return entries.filter(({ seq }) => seq <= upTo);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
