import assert from "node:assert/strict";
import type { JobRow } from "../../store/job_row.ts";
import { StoreError } from "../../store/store_error.ts";
import { acceptedSource, definition } from "../../stages/accepted_source.ts";
import { eventIdOf, job } from "../store/store_rows.ts";
import { until } from "../until.ts";
import type { SkillOffers } from "../../skills/catalog/catalog_service.ts";
import { stageContract } from "./stage_contract.ts";
import { patch, type Surroundings, surroundings } from "./surroundings.ts";

const paid = (n: number, more: Partial<JobRow> = {}) =>
  job({
    eventId: eventIdOf(`${n}abcdef`),
    role: "provider",
    status: "paid",
    jobPaid: true,
    createdAtMs: n,
    request: new Uint8Array([n]),
    ...more,
  });

async function put(at: Surroundings, ...rows: JobRow[]) {
  await at.store.commit(rows.map((row) => ({ op: "putJob", row })));
}

Deno.test("acceptedSource() gives paid and free jobs, oldest first, and no other", async () => {
  await using at = await surroundings();
  await put(
    at,
    paid(3),
    paid(1),
    paid(2, { jobPaid: false, amountUnits: 0n }),
    paid(4, { jobPaid: false }),
    paid(5, { status: "success" }),
    paid(6, { status: "partial" }),
    paid(7, { role: "buyer" }),
  );
  const source = acceptedSource({ concurrency: 8, once: true }, { store: at.store }, at.context);
  const reader = source.getReader();
  const { value } = await reader.read();
  assert.deepEqual(value!.map(({ bytes }) => bytes[0]), [1, 2, 3]);
  assert.deepEqual(value![0].known, { job_id: paid(1).jobId, accepted: "yes" });
  assert.deepEqual(value!.map(({ seq }) => seq), [1, 2, 3]);
  assert.equal((await reader.read()).done, true);
});

Deno.test("acceptedSource() passes on no more jobs than may run, and no job twice", async () => {
  await using at = await surroundings();
  await put(at, paid(1), paid(2), paid(3));
  const reader = acceptedSource({ concurrency: 2 }, { store: at.store }, at.context).getReader();
  const first = (await reader.read()).value!;
  assert.equal(first.length, 2);
  const second = reader.read();
  await patch(at.store, paid(1), { status: "success" });
  at.tell({ seq: first[0].seq, outcome: "done" });
  assert.deepEqual((await second).value!.map(({ bytes }) => bytes[0]), [3]);
  const waiting = reader.read();
  await reader.cancel("drain");
  assert.equal((await waiting).done, true);
});

Deno.test("acceptedSource() passes on fewer jobs as soon as the owner lowers their number, and never more than at the start", async () => {
  await using at = await surroundings();
  await put(at, ...[1, 2, 3, 4, 5, 6].map((n) => paid(n)));
  const owner = { asked: { all: null, bySkill: {} }, allowBuyers: [], tags: [], name: "n" };
  const told: ((jobs: number) => void)[] = [];
  let version = 1;
  const offers = {
    changed: () =>
      new Promise<SkillOffers>((resolve) =>
        told.push((jobs) =>
          resolve({ version: ++version, skills: [], problems: [], owner: { ...owner, jobs } })
        )
      ),
  };
  const tell = async (jobs: number) => {
    await until(() => told.length > 0);
    told.shift()!(jobs);
    await until(() => told.length > 0);
  };
  const source = acceptedSource({ concurrency: 2 }, { store: at.store, offers }, at.context);
  const reader = source.getReader();
  const first = (await reader.read()).value!;
  assert.equal(first.length, 2);
  await tell(1);
  const next = reader.read();
  let came = 0;
  void next.then(({ value }) => came = value!.length);
  await patch(at.store, paid(1), { status: "success" });
  at.tell({ seq: first[0].seq, outcome: "done" });
  // One job is still unsettled, and only one may be.
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assert.equal(came, 0);
  await patch(at.store, paid(2), { status: "success" });
  at.tell({ seq: first[1].seq, outcome: "done" });
  assert.deepEqual((await next).value!.map(({ bytes }) => bytes[0]), [3]);
  await tell(9);
  assert.deepEqual((await reader.read()).value!.map(({ bytes }) => bytes[0]), [4]);
  await reader.cancel("drain");
});

Deno.test("acceptedSource() runs light jobs beside the others, and passes on the next of either as soon as there is a place", async () => {
  await using at = await surroundings();
  const light = { kinds: [5600], concurrency: 1 };
  await put(at, paid(1), paid(2), paid(3, { kind: 5600 }), paid(4, { kind: 5600 }));
  const reader = acceptedSource({ concurrency: 1, light }, { store: at.store }, at.context)
    .getReader();
  const next = async () => (await reader.read()).value!.map(({ seq, bytes }) => [seq, bytes[0]]);
  assert.deepEqual(await next(), [[1, 1]]);
  assert.deepEqual(await next(), [[2, 3]]);
  const third = next();
  await patch(at.store, paid(3, { kind: 5600 }), { status: "success" });
  at.tell({ seq: 2, outcome: "done" });
  assert.deepEqual(await third, [[3, 4]]);
  const fourth = next();
  await patch(at.store, paid(1), { status: "success" });
  at.tell({ seq: 1, outcome: "done" });
  assert.deepEqual(await fourth, [[4, 2]]);
  await reader.cancel();
});

Deno.test("acceptedSource() with once gives each job once, although nobody ran it, and ends", async () => {
  await using at = await surroundings();
  await put(at, paid(1), paid(2), paid(3));
  const options = { concurrency: 1, once: true };
  const given: number[] = [];
  for await (const batch of acceptedSource(options, { store: at.store }, at.context)) {
    for (const { seq, bytes } of batch) {
      given.push(bytes[0]);
      at.tell({ seq, outcome: "done" });
    }
  }
  assert.deepEqual(given, [1, 2, 3]);
});

Deno.test("acceptedSource() gives a job again that is unfinished although it was settled", async () => {
  await using at = await surroundings();
  await put(at, paid(1));
  const reader = acceptedSource({ concurrency: 1 }, { store: at.store }, at.context).getReader();
  for (let seq = 1; seq <= 3; seq++) {
    const [item] = (await reader.read()).value!;
    assert.equal(item.seq, seq);
    at.tell({ seq, outcome: "failed" });
  }
  await reader.cancel();
});

Deno.test("acceptedSource() passes on a poisoned job without its bytes, and ends it when that fails too", async () => {
  await using at = await surroundings();
  await put(at, paid(1));
  const reader = acceptedSource({ concurrency: 1 }, { store: at.store }, at.context).getReader();
  const [first] = (await reader.read()).value!;
  assert.equal(first.refusal, undefined);
  at.tell({ seq: first.seq, outcome: "poison" });
  const [second] = (await reader.read()).value!;
  assert.equal(second.refusal!.code, "poison");
  assert.equal(second.bytes.length, 0);
  assert.deepEqual(second.known, first.known);
  const next = reader.read();
  at.tell({ seq: second.seq, outcome: "poison" });
  let row = await at.store.getJob(paid(1).jobId, "provider");
  while (row!.status !== "error") {
    row = await at.store.watchJob(row!.jobId, "provider", row!.updatedAtMs, 1_000);
  }
  assert.equal(row!.errorCode, "poison");
  await put(at, paid(2));
  assert.deepEqual((await next).value!.map(({ bytes }) => bytes[0]), [2]);
  await reader.cancel();
});

Deno.test("acceptedSource() says so when a poisoned job cannot be ended, and continues", async () => {
  await using at = await surroundings();
  await put(at, paid(1));
  const said = Promise.withResolvers<void>();
  const store = {
    runnableJobs: at.store.runnableJobs,
    commit: () => Promise.reject(new StoreError("io", "the disk failed")),
  };
  const context = { ...at.context, log: () => said.resolve() };
  const reader = acceptedSource({ concurrency: 1 }, { store }, context).getReader();
  for (let n = 0; n < 2; n++) {
    const [item] = (await reader.read()).value!;
    at.tell({ seq: item.seq, outcome: "poison" });
  }
  await said.promise;
  assert.equal((await reader.read()).value!.length, 1);
  await reader.cancel();
});

Deno.test("acceptedSource() ends when the host aborts while it waits", async () => {
  await using at = await surroundings();
  await put(at, paid(1));
  const reader = acceptedSource({ concurrency: 1 }, { store: at.store }, at.context).getReader();
  await reader.read();
  const next = reader.read();
  at.abort.abort();
  assert.equal((await next).done, true);
});

Deno.test("acceptedSource() errors when the store fails", async () => {
  await using at = await surroundings();
  const store = { ...at.store, runnableJobs: () => Promise.reject(new StoreError("io", "gone")) };
  const reader = acceptedSource({ concurrency: 1 }, { store }, at.context).getReader();
  await assert.rejects(() => reader.read(), { code: "io" });
});

stageContract(definition, {
  options: { concurrency: 1, once: true },
  services: () => {
    const left = [paid(1), paid(2)];
    return {
      store: {
        runnableJobs: () => Promise.resolve(left.splice(0, 1)),
        commit: () => Promise.resolve(),
      },
      offers: null,
    };
  },
  cases: [{ name: "two jobs, one after another", outcomes: ["ok", "ok"] }],
});
