/**
 * Reports changes of the home. Another process writes the store, so the entries that its journal has gained are read again and again, which
 * is one search in an index. Other rows are read only if there are some.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { Store } from "../../store/store.ts";

/** How often new entries are looked for, in milliseconds. */
const LOOK_MS = 50;
/** The pause after a read of the rows, in milliseconds. With the read and the drawing, a change is shown within 100 ms. */
const READ_MS = 80;
/** The most entries read at once, unless the caller says another number each time. If there are more, only the newest are reported. */
const PAGE = 200;

/** The delay until `onChange` is called again, if it asked for that, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Calls `onChange` once at the start and after each change, one call at a time, until the signal. The entries come oldest first, without
 * their data. If it returns `again`, it is called a
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
  let seen = Math.max(0, ((await store.journalTip())?.seq ?? 0) - earlier);
  // Counted in pauses instead of clock time; infinite if no further call was asked for.
  let untilAgain = 0;
  while (!signal.aborted) {
    const limit = page();
    const fresh = await store.listJournal({ afterSeq: seen, order: "newest", limit, data: false });
    const changed = fresh.length > 0;
    if (changed || untilAgain <= 0) {
      if (changed) seen = fresh[0].seq;
      untilAgain = await onChange(fresh.reverse()) === "again" ? AGAIN_MS : Infinity;
    }
    const ms = changed ? READ_MS : LOOK_MS;
    await pause(ms, signal);
    untilAgain -= ms;
  }
}
