import assert from "node:assert/strict";
import { Turns } from "../../../network/relay/turns.ts";

/** Turns over a clock that work moves, with tasks that the test runs. */
function rig() {
  const tasks: (() => void)[] = [];
  const done: string[] = [];
  let nowMs = 0;
  const turns = new Turns(() => nowMs, (task) => tasks.push(task));
  const work = (name: string, costMs: number) => () => {
    nowMs += costMs;
    done.push(name);
  };
  return { turns, tasks, done, work };
}

Deno.test("turns() run little work at once, and schedule nothing for work without cost", () => {
  const { turns, tasks, done, work } = rig();
  const a = {};
  for (let n = 0; n < 1_000; n++) turns.run(a, work("a", 0));
  assert.equal(done.length, 1_000);
  assert.equal(tasks.length, 0);
});

Deno.test("turns() give each owner its turn, in the order in which it asked", () => {
  const { turns, tasks, done, work } = rig();
  const [a, b] = [{}, {}];
  for (let n = 0; n < 4; n++) turns.run(a, work(`a${n}`, 20));
  for (let n = 0; n < 2; n++) turns.run(b, work(`b${n}`, 20));
  assert.deepEqual(done, ["a0"]);
  assert.deepEqual([turns.waiting(a), turns.waiting(b)], [3, 2]);
  while (tasks.length > 0) {
    const before = done.length;
    tasks.shift()!();
    assert.ok(done.length <= before + 1, "others come in between");
  }
  assert.deepEqual(done, ["a0", "a1", "b0", "a2", "b1", "a3"]);
  turns.run(b, work("b2", 1));
  assert.equal(done.at(-1), "b2", "and at once again");
});

Deno.test("turns() keep the order of an owner while some of its work waits", () => {
  const { turns, tasks, done, work } = rig();
  const a = {};
  turns.run(a, work("first", 20));
  turns.run(a, work("second", 0));
  turns.run(a, work("third", 0));
  assert.deepEqual(done, ["first"]);
  for (const task of tasks) task();
  assert.deepEqual(done, ["first", "second", "third"]);
});

Deno.test("turns() forget an owner, and continue after work that throws and after a clock that is set back", () => {
  const { turns, tasks, done, work } = rig();
  const [a, b, c] = [{}, {}, {}];
  turns.run(a, work("a", 20));
  turns.run(a, work("never", 0));
  turns.run(b, () => {
    work("b", 1)();
    throw new Error("of b");
  });
  turns.run(c, work("c", -50));
  turns.forget(a);
  assert.throws(() => tasks.shift()!(), /of b/);
  while (tasks.length > 0) tasks.shift()!();
  assert.deepEqual(done, ["a", "b", "c"]);
});
