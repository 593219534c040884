/** What a dashboard reads of the journal while it follows a home. */
import assert from "node:assert/strict";
import { watchHome } from "../../../commands/dashboard/home_watch.ts";
import type { JournalFilter, Store } from "../../../store/store.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";

const JOBS = 40;
const PAGE = 10;

Deno.test("watchHome() reads what is new in one question, at most a page of the newest, oldest first and without data", async () => {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: () => 0, journal: true });
  try {
    let [next, tips] = [0, 0];
    const put = async (count: number) => {
      const rows = Array.from({ length: count }, () => {
        const eventId = eventIdOf((next++).toString(16).padStart(7, "0"));
        return job({ eventId, jobId: `job-${eventId.slice(0, 7)}` });
      });
      await store.commit(rows.map((row) => ({ op: "putJob" as const, row })));
    };
    await put(JOBS);
    const asked: JournalFilter[] = [];
    const counting: Pick<Store, "journalTip" | "listJournal"> = {
      journalTip() {
        tips++;
        return store.journalTip();
      },
      listJournal(filter) {
        asked.push(filter);
        return store.listJournal(filter);
      },
    };
    const stop = new AbortController();
    const seen: number[][] = [];
    await watchHome(counting, async (fresh) => {
      assert.ok(fresh.every(({ data }) => Object.keys(data).length === 0));
      seen.push(fresh.map(({ seq }) => seq));
      if (seen.length === 1) await put(JOBS);
      else if (seen.length === 2) await put(2);
      else stop.abort();
    }, { signal: stop.signal, earlier: 3, page: () => PAGE });
    const upTo = (seq: number, count: number) =>
      Array.from({ length: count }, (_, i) => seq - count + 1 + i);
    assert.deepEqual(seen, [upTo(JOBS, 3), upTo(2 * JOBS, PAGE), upTo(2 * JOBS + 2, 2)]);
    assert.deepEqual(asked.map(({ afterSeq }) => afterSeq), [JOBS - 3, JOBS, 2 * JOBS]);
    assert.equal(tips, 1, "only for the start");
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
