import assert from "node:assert/strict";
import { CommitLane } from "../../../services/channel/commit_lane.ts";
import type { Change } from "../../../services/store/store.ts";

const cursor = (name: string): Change => ({ op: "setCursor", name, value: "1" });

Deno.test("CommitLane merges what waits and fails what was built on a failed commit", async () => {
  const stored: string[][] = [];
  const lane = new CommitLane({
    commit: (changes) => {
      const names = changes.map((change) => (change as { name: string }).name);
      if (names.includes("bad")) return Promise.reject(new Error("conflict"));
      stored.push(names);
      return Promise.resolve();
    },
  });
  const [a, b] = [{}, {}];
  const outcomes = await Promise.allSettled([
    lane.commit([cursor("first")], [a]),
    lane.commit([cursor("of b")], [b]),
    lane.commit([cursor("bad")], [a]),
    lane.commit([cursor("on top of bad")], [a]),
    lane.commit([cursor("of both")], [a, b]),
    lane.commit([cursor("on top of both")], [b]),
  ]);
  assert.deepEqual(outcomes.map((outcome) => outcome.status), [
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
    "rejected",
    "rejected",
  ]);
  assert.deepEqual(stored, [["first"], ["of b"]]);
  await assert.rejects(lane.commit([cursor("later")], [a]), /conflict/);
  await lane.commit([cursor("read again")], [{}]);
});
