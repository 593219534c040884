import assert from "node:assert/strict";
import { workerImmediate } from "../../runtime/worker_immediate.ts";

/** Deno's own, asked for by the name that a worker's host replaces in a worker only. */
const native = (task: () => void) => globalThis.setImmediate(task);
const nextTurn = () => new Promise<void>((resolve) => void native(resolve));

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

Deno.test({
  name: "workerImmediate() runs tasks after the turn, in their order, with what they were given",
  // Its channel lasts as long as the worker.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { setImmediate, clearImmediate } = workerImmediate();
    const seen: unknown[] = [];
    setImmediate((...given) => seen.push(...given), "a", 1);
    const cleared = setImmediate(() => seen.push("cleared"));
    setImmediate(() => {
      seen.push("b");
      clearImmediate(last);
      setImmediate(() => seen.push("next turn"));
      void Promise.resolve().then(() => seen.push("promise"));
    });
    const last = setImmediate(() => seen.push("cleared in its own turn"));
    clearImmediate(cleared);
    seen.push("this turn");
    while (!seen.includes("next turn")) await nextTurn();
    await turns(5);
    assert.deepEqual(seen, ["this turn", "a", 1, "b", "promise", "next turn"]);
  },
});

Deno.test({
  name: "workerImmediate() calls Deno's own only after many tasks in a second, and loses none",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    let nowMs = 0;
    let calls = 0;
    const { setImmediate } = workerImmediate((task) => {
      calls++;
      return native(task);
    }, () => nowMs);
    let ran = 0;
    const some = async (count: number) => {
      const wanted = ran + count;
      for (let n = 0; n < count; n++) setImmediate(() => void ran++);
      while (ran < wanted) await nextTurn();
    };
    for (let second = 0; second < 5; second++, nowMs += 1_000) await some(199);
    assert.equal(calls, 0);
    await some(200);
    await some(300);
    assert.equal(calls, 1);
    await turns(5);
    assert.equal(ran, 5 * 199 + 500);
  },
});

Deno.test({
  name: "workerImmediate() runs the others of a turn in which a task throws",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { setImmediate } = workerImmediate();
    const seen: string[] = [];
    const onError = (event: ErrorEvent) => {
      event.preventDefault();
      seen.push(event.message.replace("Uncaught Error: ", ""));
    };
    globalThis.addEventListener("error", onError);
    try {
      setImmediate(() => seen.push("first"));
      setImmediate(() => {
        throw new Error("thrown");
      });
      setImmediate(() => seen.push("last"));
      while (!seen.includes("last")) await nextTurn();
    } finally {
      globalThis.removeEventListener("error", onError);
    }
    assert.deepEqual(seen, ["first", "thrown", "last"]);
  },
});
