import assert from "node:assert/strict";
import { callbackSource, definition } from "../../stages/callback_source.ts";
import { CALLBACK_PAUSES_MS } from "../../stages/skill_sink.ts";
import { stageContract } from "./stage_contract.ts";
import { sharedStore, type Surroundings, surroundings } from "./surroundings.ts";

const add = (at: Pick<Surroundings, "store">, jobId: string, digit: string) =>
  at.store.commit([{
    op: "addCallback",
    row: {
      jobId,
      eventId: digit.repeat(64),
      skill: "tell-me",
      document: new Uint8Array([Number(digit)]),
      encoding: "json",
    },
    atMs: 1,
  }]);

Deno.test("callbackSource() gives the documents of one job one after another, and those of other jobs at the same time", async () => {
  await using at = await surroundings();
  await add(at, "job-a", "1");
  await add(at, "job-a", "2");
  await add(at, "job-b", "3");
  const reader = callbackSource({ concurrency: 8 }, at, at.context).getReader();
  const first = (await reader.read()).value!;
  assert.deepEqual(first.map(({ bytes }) => bytes[0]), [1, 3]);
  assert.deepEqual(first[0].known, {
    route: "callback",
    id: "1".repeat(64),
    job_id: "job-a",
    skill: "tell-me",
    encoding: "json",
    callback_id: 1,
    tries: 0,
  });
  const next = reader.read();
  await at.store.commit([
    { op: "settleCallback", callbackId: 1, error: null, retryAtMs: null, atMs: 2 },
  ]);
  at.tell({ seq: first[0].seq, outcome: "done" });
  assert.deepEqual((await next).value!.map(({ bytes }) => bytes[0]), [2]);
  await reader.cancel("drain");
});

Deno.test("callbackSource() ends a callback that breaks the program, and continues", async () => {
  await using at = await surroundings();
  await add(at, "job-a", "1");
  const reader = callbackSource({ concurrency: 1 }, at, at.context).getReader();
  const [{ seq }] = (await reader.read()).value!;
  const next = reader.read();
  at.tell({ seq, outcome: "poison" });
  await add(at, "job-b", "2");
  assert.deepEqual((await next).value!.map(({ bytes }) => bytes[0]), [2]);
  const [row] = await at.store.callbacksOf("job-a");
  assert.deepEqual([row.state, row.errorCode], ["failed", "poison"]);
  await reader.cancel("drain");
});

Deno.test("callbackSource() waits long only while none is out: the wait leaves out what is to be tried again", async () => {
  await using at = await surroundings();
  await add(at, "job-a", "1");
  const asked: { readonly without: readonly number[]; readonly waitMs: number }[] = [];
  const looked = Promise.withResolvers<void>();
  const store: typeof at.store = {
    ...at.store,
    waitingCallbacks(except, dueByMs, limit, waitMs) {
      if (except.length > 0) looked.resolve();
      asked.push({ without: except, waitMs });
      return at.store.waitingCallbacks(except, dueByMs, limit, waitMs);
    },
  };
  const reader = callbackSource({ concurrency: 8 }, { store }, at.context).getReader();
  const [{ seq }] = (await reader.read()).value!;
  const next = reader.read();
  await looked.promise;
  const error = { code: "skill_failed", message: "no" };
  await at.store.commit([
    { op: "settleCallback", callbackId: 1, error, retryAtMs: at.context.clock(), atMs: 2 },
  ]);
  at.tell({ seq, outcome: "failed" });
  assert.equal((await next).value![0].known.tries, 1);
  for (const { without, waitMs } of asked) assert.ok(without.length === 0 || waitMs <= 1_000);
  await reader.cancel("drain");
});

Deno.test("a callback is tried three times more, with pauses that grow", () => {
  assert.equal(CALLBACK_PAUSES_MS.length, 3);
  assert.deepEqual([...CALLBACK_PAUSES_MS].sort((a, b) => a - b), CALLBACK_PAUSES_MS);
});

const contractStore = await sharedStore();
for (const digit of ["1", "2", "3"]) await add({ store: contractStore }, `job-${digit}`, digit);
stageContract(definition, {
  options: { concurrency: 8, once: true },
  services: () => ({ store: contractStore }),
  cases: [{ name: "three callbacks", outcomes: ["ok", "ok", "ok"] }],
});
