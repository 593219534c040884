import assert from "node:assert/strict";
import { createJudge } from "../../market/judge.ts";
import type { Change } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { correlator, type CorrelatorOptions, definition } from "../../stages/correlator.ts";
import type { Batch, Item } from "../../stages/stage.ts";
import { BUYER, NOW_S, PROVIDER, RULES, STRANGER } from "../market/market.ts";
import { localHandle } from "../runtime/supervised.ts";
import { stageContract } from "./stage_contract.ts";
import { sharedStore, surroundings } from "./surroundings.ts";
import {
  address,
  answer,
  asBuyer,
  asked,
  bought,
  CASES,
  document,
  free,
} from "./correlator_cases.ts";

for (const each of CASES) {
  Deno.test(`correlator() ${each.name}: ${JSON.stringify(each.expected)}`, async () => {
    await using at = await surroundings(NOW_S * 1000 + 6_000);
    const { schema } = each;
    await at.store.commit([
      ...(each.jobs ?? []).map((row): Change => ({ op: "putJob", row })),
      ...schema === undefined ? [] : [
        {
          op: "putResultSchemas",
          jobId: bought.jobId,
          schemas: [{ provider: PROVIDER, schema }],
        } as const,
      ],
    ]);
    const [item] = await run(at.store, at.context, each.options, [{ seq: 0, ...each.document }]);
    if (typeof each.expected === "string") assert.equal(item.refusal?.code, each.expected);
    else {
      assert.equal(item.refusal, undefined);
      const { id: _id, kind: _kind, ...known } = item.known;
      assert.deepEqual(known, each.expected);
      assert.deepEqual(item.bytes, each.document.bytes);
    }
  });
}

for (
  const [name, author, template, expected] of [
    ["a result of a provider whose job went to another one", PROVIDER, {}, "dropped_result"],
    [
      "feedback of a provider whose job went to another one",
      PROVIDER,
      { kind: 7000, content: "", tags: [["status", "processing"], ...address] },
      "dropped_feedback",
    ],
    ["a result of somebody else for a job that was passed on", STRANGER, {}, "foreign_provider"],
  ] as const
) {
  Deno.test(`correlator() ${name}: ${expected}, counted with its job`, async () => {
    await using at = await surroundings(NOW_S * 1000 + 6_000);
    const { jobId, eventId } = bought;
    const plan = { budgetUnits: null, writeUnits: 0n, refusalCosts: false, destination: "" };
    const next = { provider: "c".repeat(64), payTo: "test.c", priceUnits: 0n };
    const unpaid = { status: "posted", jobPaid: false } as const;
    const otherwise = { status: "refused" } as const;
    await at.store.commit([
      { op: "putJob", row: { ...bought, ...unpaid } },
      { op: "planFailover", jobId, ...plan, terminalPubkey: "", candidates: [next] },
      { op: "passJobOn", jobId, eventId, code: "T01", message: "", atMs: at.nowMs, otherwise },
    ]);
    const { bytes, known } = document(answer(template, author));
    const [item] = await run(at.store, at.context, asBuyer, [{ seq: 0, bytes, known }]);
    assert.deepEqual([item.refusal?.code, item.known.job_id], [expected, jobId]);
  });
}

async function run(
  store: Parameters<typeof correlator>[1]["store"],
  context: Parameters<typeof correlator>[2],
  options: Partial<CorrelatorOptions>,
  items: readonly Item[],
): Promise<Batch> {
  const stage = correlator(
    { role: "buyer", pubkey: BUYER, ...options },
    { store, judge: createJudge(() => RULES, (kind) => kind === 1111) },
    context,
  );
  const writer = stage.writable.getWriter();
  const written = writer.write(items).then(() => writer.close());
  const out = (await Array.fromAsync(stage.readable)).flat();
  await written;
  return out;
}

Deno.test("correlator() asks once for a batch what was seen, and refuses it, but never an accepted job", async () => {
  await using at = await surroundings(NOW_S * 1000);
  const job: JobRow = { ...bought, role: "provider" };
  const marks = [asked.id, free.id].map((eventId): Change => ({
    op: "markSeen",
    eventId,
    outcome: "done",
    atMs: 1,
  }));
  await at.store.commit([{ op: "putJob", row: job }, ...marks]);
  let asks = 0;
  const store = {
    getJobByEvent: at.store.getJobByEvent,
    answeredJob: at.store.answeredJob,
    attemptByEvent: at.store.attemptByEvent,
    seen: (ids: readonly string[]) => {
      asks++;
      return at.store.seen(ids);
    },
  };
  const refusal = { stage: "earlier", code: "no", message: "no" };
  const out = await run(store, at.context, { role: "provider" }, [
    { seq: 0, ...document(asked, { accepted: "yes", job_id: job.jobId }) },
    { seq: 1, ...document(free) },
    { seq: 2, bytes: new Uint8Array(0), known: { id: free.id }, refusal },
  ]);
  assert.deepEqual(out.map((item) => item.refusal?.code ?? item.known.route), [
    "run",
    "seen",
    "no",
  ]);
  assert.equal(asks, 1);
  await run(store, at.context, {}, [{ seq: 0, bytes: new Uint8Array(0), known: {}, refusal }]);
  assert.equal(asks, 1, "a batch without ids needs no look-up");
});

const contractStore = await sharedStore([{ op: "putJob", row: bought }]);
stageContract(definition, {
  options: { role: "buyer", pubkey: BUYER },
  services: () => ({ store: contractStore, judge: createJudge(null) }),
  workerServices: () => ({
    store: localHandle("store", contractStore, [
      "seen",
      "getJobByEvent",
      "answeredJob",
      "attemptByEvent",
    ]),
    judge: { local: "judge", options: { rules: null } },
  }),
  cases: [{
    name: "a message, a result, and a result of nobody's job",
    items: [
      { bytes: new Uint8Array([1]), known: { kind: 1111, id: "m" } },
      document(answer({ created_at: NOW_S })),
      document(answer({ tags: [["e", "0".repeat(64)]] })),
    ],
    outcomes: ["ok", "ok", "unknown_job"],
  }],
});
