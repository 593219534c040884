/**
 * Reports changes of the home. Another process writes the store, so the end of its journal is polled, which is one read of an index. Rows
 * are read only if the journal has grown.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { Store } from "../../store/store.ts";

/** How often the end of the journal is read, in milliseconds. */
const LOOK_MS = 50;
/** The pause after a read of the rows, in milliseconds. With the read and the drawing, a change is shown within 100 ms. */
const READ_MS = 80;
/** The most entries read at once, unless the caller says another number each time. If there are more, only the newest are reported. */
const PAGE = 200;

/** The delay until `onChange` is called again, if it asked for that, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Calls `onChange` once at the start and after each change, one call at a time, until the signal. If it returns `again`, it is called a
 * second later even without a change.
 */
export async function watchHome(
  store: Pick<Store, "journalTip" | "listJournal">,
  onChange: (fresh: readonly JournalEntry[]) => Promise<"again" | void>,
  { signal, earlier, page = () => PAGE }: {
    readonly signal: AbortSignal;
    readonly earlier: number;
    readonly page?: () => number;
  },
): Promise<void> {
  const tip = async () => (await store.journalTip())?.seq ?? 0;
  let seen = Math.max(0, await tip() - earlier);
  // Counted in pauses instead of clock time; infinite if no further call was asked for.
  let untilAgain = 0;
  while (!signal.aborted) {
    const now = await tip();
    const changed = now !== seen;
    if (changed || untilAgain <= 0) {
      const fresh = await newest(store, seen, now, page());
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
  page: number,
): Promise<JournalEntry[]> {
  if (upTo <= afterSeq) return [];
  const entries = await store.listJournal({
    afterSeq: Math.max(afterSeq, upTo - page),
    order: "oldest",
    limit: page,
  });
  return entries.filter(({ seq }) => seq <= upTo);
}
