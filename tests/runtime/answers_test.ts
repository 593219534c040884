/** The whole inbound pipeline of a buyer, stage after stage in this process, with documents that a hostile relay may send. */
import assert from "node:assert/strict";
import type { EventTemplate, NostrEvent } from "../../protocols/nostr/event.ts";
import { createJudge } from "../../market/judge.ts";
import type { JobRow } from "../../store/job_row.ts";
import { correlator } from "../../stages/correlator.ts";
import { eventVerifier } from "../../stages/event_verifier.ts";
import { kindExtractor } from "../../stages/kind_extractor.ts";
import { skillSink } from "../../stages/skill_sink.ts";
import type { SkillRunner } from "../../market/skill_runner.ts";
import type { Batch } from "../../stages/stage.ts";
import { BUYER, buyerRow, NOW_S, PROVIDER, request, signed, STRANGER } from "../market/market.ts";
import { type Surroundings, surroundings } from "../stages/surroundings.ts";

const asked = request(5600, [["i", "hi", "text"]]);
const BOUGHT = buyerRow(asked, { type: "echo" });
const address = [["e", asked.id], ["p", BUYER]];

function result(content: string, more: Partial<EventTemplate> = {}, author = PROVIDER): NostrEvent {
  return signed({ kind: 6600, created_at: NOW_S + 5, tags: address, content, ...more }, author);
}
function feedback(status: string, more: Partial<EventTemplate> = {}): NostrEvent {
  const tags = [["status", status], ...address];
  return signed({ kind: 7000, created_at: NOW_S + 4, tags, content: "", ...more }, PROVIDER);
}

/** Sends batches through, one after the other; each is settled before the next. */
async function passThrough(at: Surroundings, batches: readonly (readonly NostrEvent[])[]) {
  const skills = {
    call: () => Promise.reject(new Error("no callback was asked for")),
  } as unknown as SkillRunner;
  const sink = skillSink(
    { concurrency: 4, relay: { destination: "", terminalPubkey: "" }, permissions: {} },
    { store: at.store, skills },
    at.context,
  );
  const { readable, writable } = new TransformStream<Batch, Batch>();
  const done = readable
    .pipeThrough(kindExtractor({}, {}, at.context))
    .pipeThrough(await eventVerifier({}, {}, at.context))
    .pipeThrough(
      correlator(
        { role: "buyer", pubkey: BUYER },
        { store: at.store, judge: createJudge(null) },
        at.context,
      ),
    )
    .pipeTo(sink);
  const writer = writable.getWriter();
  let seq = 0;
  for (const batch of batches) {
    await writer.write(batch.map((event) => ({
      seq: ++seq,
      bytes: new TextEncoder().encode(JSON.stringify(event)),
      known: {},
    })));
    await at.untilSettled(seq);
  }
  await writer.close();
  await done;
}

interface Case {
  readonly name: string;
  readonly job?: Partial<JobRow>;
  readonly batches: readonly (readonly NostrEvent[])[];
  /** Status and result of the job at the end. */
  readonly status: JobRow["status"];
  readonly result: NostrEvent | null;
  readonly counted: Readonly<Record<string, number>>;
}

const good = result("hi");
const encrypted = {
  request: new TextEncoder().encode(JSON.stringify({ ...asked, tags: [["encrypted"]] })),
};
const sealed = result("AAAA", { tags: [...address, ["encrypted"]] });
const CASES: readonly Case[] = [
  {
    name: "a result of a job that was cancelled",
    job: { status: "cancelled" },
    batches: [[good]],
    status: "cancelled",
    result: null,
    counted: { late: 1 },
  },
  {
    name: "a result in time of a job whose deadline has passed",
    job: { status: "timeout", errorCode: "timeout" },
    batches: [[good]],
    status: "success",
    result: good,
    counted: {},
  },
  {
    name: "the same result in another event",
    batches: [[good], [result("hi", { created_at: NOW_S + 6 })]],
    status: "success",
    result: good,
    counted: { duplicate: 1 },
  },
  {
    name: "the same event again and again",
    batches: [[good, good], [good]],
    status: "success",
    result: good,
    counted: {},
  },
  {
    name: "results of others around the good one",
    batches: [[result("a", {}, STRANGER), good, result("b", {}, STRANGER)]],
    status: "success",
    result: good,
    counted: { foreign_provider: 2 },
  },
  {
    name: "a second, different result",
    batches: [[good], [result("ho")]],
    status: "success",
    result: good,
    counted: { contradictory: 1 },
  },
  {
    name: "an error after the result",
    batches: [[good], [feedback("error")]],
    status: "success",
    result: good,
    counted: { contradictory: 1 },
  },
  {
    name: "the result after an error",
    batches: [[feedback("error")], [good]],
    status: "success",
    result: good,
    counted: { contradictory: 1 },
  },
  {
    name: "an answer in clear to an encrypted request, then an encrypted one",
    job: encrypted,
    batches: [[good], [sealed]],
    status: "success",
    result: sealed,
    counted: { answered_in_clear: 1 },
  },
  {
    name: "results of another kind, for another buyer, of another time",
    batches: [[
      result("hi", { kind: 6601 }),
      result("hi", { tags: [["e", asked.id], ["p", STRANGER]] }),
      result("hi", { created_at: NOW_S - 9_000 }),
      good,
    ]],
    status: "success",
    result: good,
    counted: { wrong_kind: 1, wrong_buyer: 1, wrong_time: 1 },
  },
];

for (const { name, job, batches, status, result: expected, counted } of CASES) {
  Deno.test(`a buyer's pipeline given ${name}: ${status}, ${JSON.stringify(counted)}`, async () => {
    await using at = await surroundings((NOW_S + 60) * 1_000);
    await at.store.commit([{ op: "putJob", row: { ...BOUGHT, ...job } }]);
    await passThrough(at, batches);
    const row = (await at.store.getJob(BOUGHT.jobId, "buyer"))!;
    assert.deepEqual([row.status, row.resultEventId], [status, expected?.id ?? null]);
    assert.deepEqual(
      Object.fromEntries(
        (await at.store.answersOf(BOUGHT.jobId)).map(({ outcome, count }) => [outcome, count]),
      ),
      counted,
    );
  });
}
