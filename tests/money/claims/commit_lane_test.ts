import assert from "node:assert/strict";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import type { Change } from "../../../store/store.ts";

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

Deno.test("CommitLane writes only the last figures of what it merges, and all of them when it cannot merge", async () => {
  const channel = (channelId: string, nonce: number): Change => ({
    op: "putPayerChannel",
    row: { channelId, peer: "p", signed: 1n, nonce, spent: 0n, forfeit: 0n },
  });
  const snapshot = (counter: number): Change => ({
    op: "putSnapshot",
    name: "signer",
    counter,
    sealed: new Uint8Array([counter]),
  });
  const stored: string[][] = [];
  let refuse = false;
  const lane = new CommitLane({
    commit: async (changes) => {
      await Promise.resolve();
      if (refuse && changes.length > 2) throw new Error("conflict");
      stored.push(changes.map((change) => {
        if (change.op === "putPayerChannel") return `${change.row.channelId} ${change.row.nonce}`;
        return change.op === "putSnapshot" ? `snapshot ${change.counter}` : change.op;
      }));
    },
  });
  const merged = () =>
    Promise.all([
      lane.commit([cursor("beside")], [{}]),
      lane.commit([channel("a", 1), snapshot(2)], [{}]),
      lane.commit([channel("b", 1), snapshot(4)], [{}]),
      // Another channel's commit may come later with an older snapshot.
      lane.commit([channel("a", 2), snapshot(3)], [{}]),
    ]);
  await merged();
  assert.deepEqual(stored.splice(0), [["setCursor", "b 1", "snapshot 4", "a 2"]]);
  refuse = true;
  await merged();
  assert.deepEqual(stored, [
    ["setCursor"],
    ["a 1", "snapshot 2"],
    ["b 1", "snapshot 4"],
    ["a 2", "snapshot 3"],
  ]);
});

Deno.test("CommitLane merges what one turn brings, and what comes while a commit runs", async () => {
  const stored: string[][] = [];
  const running = Promise.withResolvers<void>();
  const lane = new CommitLane({
    async commit(changes) {
      stored.push(changes.map((change) => (change as { name: string }).name));
      await running.promise;
    },
  });
  const first = lane.commit([cursor("first")], [{}]);
  // The packets of one read of a socket arrive some microtasks apart.
  for (let at = 0; at < 50; at++) await Promise.resolve();
  const second = lane.commit([cursor("second")], [{}]);
  assert.deepEqual(stored, []);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(stored, [["first", "second"]]);
  const later = [lane.commit([cursor("third")], [{}]), lane.commit([cursor("fourth")], [{}])];
  running.resolve();
  await Promise.all([first, second, ...later]);
  assert.deepEqual(stored, [["first", "second"], ["third", "fourth"]]);
});
