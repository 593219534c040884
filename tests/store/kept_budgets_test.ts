import assert from "node:assert/strict";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { outgoing } from "./store_rows.ts";

const DAY_MS = 86_400_000;

Deno.test("sums of jobs are kept for 32 days after their last packet", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  let nowMs = 100 * DAY_MS;
  const store = await openSqliteStore({ folder, clock: () => nowMs });
  try {
    let nonce = 0;
    const pay = async (jobId: string) => {
      nonce += 1;
      const about = { jobId, provider: null, kind: null, bytes: null };
      const row = outgoing({ nonce, amount: 7n, obligation: `job:${nonce}`, about });
      await store.commit([{ op: "putOutgoing", row, expect: "absent" }]);
    };
    const sum = async () =>
      (await store.budgets({ jobs: ["first"], providers: [], nowMs })).jobs.first;
    await pay("first");
    nowMs += 32 * DAY_MS;
    await pay("second");
    assert.equal(await sum(), 7n);
    nowMs += 1;
    await pay("third");
    assert.equal(await sum(), 0n);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
