import assert from "node:assert/strict";
import { mergedReads, type Question } from "../../store/read_together.ts";
import type { Store } from "../../store/store.ts";
import { askedTogether } from "./asked_together.ts";

Deno.test("mergedReads() makes one call of the reads of a turn, fails only the one that is wrong, and leaves other methods alone", async () => {
  const calls: number[] = [];
  const reads = askedTogether({
    freeJobId: (eventId) =>
      eventId === "" ? Promise.reject(new Error("no event")) : Promise.resolve(`job-${eventId}`),
    getJob: () => Promise.resolve(null),
    cursor: (name: string) => Promise.resolve(name),
  });
  const store = mergedReads<Store>({
    ...reads,
    readTogether(...asked: readonly Question[]) {
      calls.push(asked.length);
      return reads.readTogether(...asked);
    },
  } as unknown as Store);
  assert.deepEqual(
    await Promise.all([
      store.freeJobId("a"),
      store.readTogether(["getJob", "job-1"], ["freeJobId", "b"]),
      store.cursor("c"),
    ]),
    ["job-a", [null, "job-b"], "c"],
  );
  assert.deepEqual(calls, [3]);
  const [wrong, right] = await Promise.allSettled([store.freeJobId(""), store.freeJobId("d")]);
  assert.deepEqual([wrong.status, right], ["rejected", { status: "fulfilled", value: "job-d" }]);
  assert.deepEqual(calls, [3, 2, 1, 1]);
  assert.equal(await store.freeJobId("e"), "job-e");
});
