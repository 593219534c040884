import assert from "node:assert/strict";
import { openDatabase } from "../../store/database.ts";
import { createGroupCommit } from "../../store/group_commit.ts";
import { createRetention } from "../../store/retention.ts";
import { ManualTimers } from "../network/door/manual_timers.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { eventIdOf } from "./store_rows.ts";
import {
  BEFORE_MS,
  DAY_MS,
  earned,
  inHome,
  jobAt,
  NONE,
  NOW_MS,
  OLD_MS,
  paid,
  YOUNG_MS,
} from "./retention_rows.ts";

Deno.test("openSqliteStore() with keepDays removes at its end what was old a day ago", async () => {
  await inHome(async (home) => {
    const left = async () => (await home.store.listJobs({})).map(({ jobId }) => jobId[4]).sort();
    await home.store.commit([jobAt("a", OLD_MS, "success"), jobAt("d", YOUNG_MS, "success")]);
    home.nowMs = NOW_MS;
    await home.reopen(30);
    await home.reopen(30);
    assert.deepEqual(await left(), ["a", "d"]);
    home.nowMs += DAY_MS - 1;
    await home.reopen(30);
    assert.deepEqual(await left(), ["a", "d"]);
    home.nowMs += 1;
    await home.reopen(30);
    assert.deepEqual(await left(), ["d"]);
    home.nowMs += DAY_MS;
    await home.reopen(30);
    assert.deepEqual(await left(), ["d"]);
    home.nowMs += DAY_MS;
    await home.reopen();
    assert.deepEqual(await left(), []);
  });
});

Deno.test("openSqliteStore() with keepDays removes nothing young when the clock jumps ahead and back", async () => {
  await inHome(async (home) => {
    const left = async () => (await home.store.listJobs({})).map(({ jobId }) => jobId[4]).sort();
    await home.store.commit([jobAt("a", OLD_MS, "success"), jobAt("d", YOUNG_MS, "success")]);
    for (
      const [at, expected] of [
        [NOW_MS, ["a", "d"]],
        [NOW_MS + 365 * DAY_MS, ["d"]],
        [NOW_MS + 365 * DAY_MS + DAY_MS / 2, ["d"]],
        [NOW_MS, ["d"]],
        [NOW_MS + DAY_MS, ["d"]],
        [NOW_MS + 2 * DAY_MS, ["d"]],
        [NOW_MS + 3 * DAY_MS, []],
      ] as const
    ) {
      home.nowMs = at;
      await home.reopen(30);
      await home.reopen(30);
      assert.deepEqual(await left(), expected, String(at - NOW_MS));
    }
  });
});

Deno.test("createRetention() runs a minute after its start, then every hour, until it is stopped", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  await (await openSqliteStore({ folder, clock: () => 0 })).close();
  const db = openDatabase(folder, { readOnly: false });
  const timers = new ManualTimers();
  const group = createGroupCommit(db, () => timers.now(), null, () => {});
  const mark = () => String(db.get("SELECT value FROM cursors WHERE name = 'retention'")?.value);
  const retention = createRetention(db, group, timers);
  const looked = async () => {
    while (timers.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  try {
    retention.start(30 * DAY_MS);
    timers.advance(59_999);
    assert.equal(mark(), "undefined");
    timers.advance(1);
    await looked();
    assert.equal(mark(), `${timers.now()}:0`);
    for (let hour = 1; hour < 24; hour++) {
      timers.advance(3_600_000);
      await looked();
    }
    assert.equal(mark(), `${timers.now() - 23 * 3_600_000}:0`, "a day is not over");
    timers.advance(3_599_999);
    assert.equal(timers.size, 1);
    timers.advance(1);
    await looked();
    assert.equal(mark(), `${timers.now()}:0`);
    await retention.stop(30 * DAY_MS);
    assert.equal(timers.size, 0);
  } finally {
    await group.close();
    db.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("removeOld() removes nothing that has exactly that age, and everything a millisecond older", async () => {
  await inHome(async (home) => {
    const { store } = home;
    home.nowMs = BEFORE_MS;
    await store.commit([
      jobAt("a", BEFORE_MS, "success"),
      {
        op: "addOutbox",
        row: {
          jobId: "job-a000000",
          purpose: "write",
          event: new Uint8Array([1]),
          destination: "g.a",
          terminalPubkey: "",
          amountUnits: null,
          createdAtMs: BEFORE_MS,
        },
      },
      { op: "settleOutbox", outboxId: 1, state: "done", detail: null },
      ...paid(0, BEFORE_MS),
      ...earned(0, BEFORE_MS),
      { op: "markSeen", eventId: eventIdOf("1"), outcome: "done", atMs: BEFORE_MS },
    ]);
    const { seq } = (await store.journalTip())!;
    await store.commit([{ op: "setCursor", name: "audit", value: String(seq) }]);
    home.nowMs = NOW_MS;
    const { removed: none } = await store.removeOld(BEFORE_MS);
    assert.deepEqual(none, { ...none, ...NONE, journal: 0, chains: 0 });
    const { removed } = await store.removeOld(BEFORE_MS + 1);
    assert.deepEqual(removed, {
      jobs: 1,
      chains: 0,
      outbox: 1,
      outgoing: 1,
      incoming: 1,
      seen: 1,
      transactions: 0,
      journal: seq,
    });
  });
});
