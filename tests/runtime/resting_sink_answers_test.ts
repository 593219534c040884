/** When a sink is asked to rest, and which answers count. */
import assert from "node:assert/strict";
import type { Member, Slot } from "../../runtime/members.ts";
import { RestingSink } from "../../runtime/resting_sink.ts";
import type { ToWorker } from "../../runtime/worker_messages.ts";

const GENERATION = 3;

/** A sink of which only the parts exist that the rest looks at, with a clock that the test moves. */
function sinkAt() {
  let nowMs = 0;
  const asked: ToWorker[] = [];
  const sink = { unit: "p/2-effects#2", present: {} } as Member;
  const other = { unit: "p/0-told#0", present: {} } as Member;
  const slotOf = (...members: Member[]) =>
    ({ members, worker: { post: (message: ToWorker) => void asked.push(message) } }) as Slot;
  const spec = { name: "p", stages: [{ stage: "effects", restAfterMs: 60_000 }] };
  return {
    rest: new RestingSink(sink, { spec, nowMs: () => nowMs }),
    asked,
    sink,
    alone: slotOf(sink),
    source: slotOf(other),
    together: slotOf(other, sink),
    later: (ms: number) => void (nowMs += ms),
  };
}

Deno.test("a sink is asked once it got no item for its time, once for each set of links", () => {
  const { rest, asked, sink, alone, later } = sinkAt();
  later(59_999);
  rest.heard(alone, GENERATION);
  assert.deepEqual(asked, []);
  sink.present = { items_in: 1 };
  later(1);
  rest.heard(alone, GENERATION);
  later(59_999);
  rest.heard(alone, GENERATION);
  assert.deepEqual(asked, []);
  later(1);
  for (let pong = 0; pong < 3; pong++) rest.heard(alone, GENERATION);
  rest.heard(alone, GENERATION + 1);
  assert.deepEqual(
    asked,
    [GENERATION, GENERATION + 1].map((generation) => ({
      ...{ type: "rest", unit: sink.unit, ports: [], generation },
    })),
  );
});

Deno.test("a sink that was at work is asked again after the whole time", () => {
  const { rest, asked, alone, later } = sinkAt();
  later(60_000);
  rest.heard(alone, GENERATION);
  assert.equal(rest.allows(alone, { rests: false, generation: GENERATION }, GENERATION), false);
  later(59_999);
  rest.heard(alone, GENERATION);
  assert.equal(asked.length, 1);
  later(1);
  rest.heard(alone, GENERATION);
  assert.equal(asked.length, 2);
});

Deno.test("only the answer of the sink that was asked, about its present links, lets it rest", () => {
  const { rest, alone, source, later } = sinkAt();
  const answer = { rests: true, generation: GENERATION };
  assert.equal(rest.allows(alone, answer, GENERATION), false, "nobody asked");
  later(60_000);
  rest.heard(alone, GENERATION);
  assert.equal(rest.allows(source, answer, GENERATION), false, "another worker says so");
  assert.equal(rest.allows(alone, { ...answer, generation: GENERATION - 1 }, GENERATION), false);
  assert.equal(rest.allows(alone, answer, GENERATION + 1), false, "it has newer links");
  assert.equal(rest.allows(alone, answer, GENERATION), true);
  assert.equal(rest.allows(alone, answer, GENERATION), false, "it has answered");
});

Deno.test("a sink that shares a worker with other stages of its pipeline is not asked", () => {
  const { rest, asked, together, later } = sinkAt();
  later(3_600_000);
  rest.heard(together, GENERATION);
  assert.deepEqual(asked, []);
});
