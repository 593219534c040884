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

/** How long after a change it is looked at again where {@link watchHome}'s caller asks for it. */
const AGAIN_MS = 1_000;

/**
 * Calls `onChange` once at the start and after each change, one call at a time, until the signal. Where it gives `again`, it is called
 * a second later although nothing happened.
 */
export async function watchHome(
  store: Pick<Store, "journalTip" | "listJournal">,
  onChange: (fresh: readonly JournalEntry[]) => Promise<"again" | void>,
  { signal, earlier }: { readonly signal: AbortSignal; readonly earlier: number },
): Promise<void> {
  const tip = async () => (await store.journalTip())?.seq ?? 0;
  let seen = Math.max(0, await tip() - earlier);
  // In pauses, so that no clock is asked; infinite where nobody wants to be called again.
  let untilAgain = 0;
  while (!signal.aborted) {
    const now = await tip();
    const changed = now !== seen;
    if (changed || untilAgain <= 0) {
      const fresh = await newest(store, seen, now);
      seen = now;
      untilAgain = await onChange(fresh) === "again" ? AGAIN_MS : Infinity;
    }
    const ms = changed ? READ_MS : LOOK_MS;
    await pause(ms, signal);
    untilAgain -= ms;
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

/** Waits, or until the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
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
