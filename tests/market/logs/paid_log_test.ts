/** The log of a job that is paid by its output: what is sent of it, with real stores; a function call replaces the network. */
import assert from "node:assert/strict";
import { inflate } from "../../../market/logs/deflate.ts";
import { jobLogAnswers } from "../../../market/logs/job_log_answers.ts";
import { jobLogWriter } from "../../../market/logs/job_log_writer.ts";
import {
  jobLogQuestion,
  ownOutputFrom,
  parseJobLogAnswer,
} from "../../../protocols/nostr/job_log.ts";
import { asPubkey, type EventId } from "../../../protocols/nostr/event.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";
import type { MeterRow } from "../../../store/meter_row.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { startMs } from "../../money/signer/fixtures.ts";
import { job } from "../../store/store_rows.ts";
import { nowS, PAYER, TOWN } from "../terms/parties.ts";

const KIB = 1_024;
const JOB_ID = "job-5abc123";

/** A provider of a job whose output costs one increment for each KiB. */
async function seller(meter: Partial<MeterRow> = {}) {
  const folder = await Deno.makeTempDir();
  const store = await openSqliteStore({ folder, clock: () => startMs });
  const tags = [["i", "x", "text"]];
  const request = await PAYER.sign({ kind: 5601, created_at: nowS, tags, content: "" });
  const eventId = request.id as EventId;
  const row = job({
    ...{ eventId, jobId: JOB_ID, callbackSkill: null, status: "processing", jobPaid: true },
    ...{ buyer: PAYER.pubkey, provider: TOWN.pubkey, role: "provider" },
    request: encodeToon(request, "1.4"),
  });
  const metered: MeterRow = {
    ...{ eventId, role: "provider", party: PAYER.pubkey, incrementUnits: 5n, seconds: 0, kib: 1 },
    ...{ most: 9, paid: 1, paidAtMs: 1, sinceMs: null, usedMs: 0, usedBytes: 0, fromByte: 0 },
    ...{ turns: 0, pausedAtMs: null, state: "open", atMs: 1 },
    ...meter,
  };
  await store.commit([{ op: "putJob", row }, { op: "putMeter", row: metered }]);
  const answers = jobLogAnswers({ store, signer: TOWN.signer, clock: () => startMs });
  return {
    store,
    /** Sends these bytes through a run's log. */
    async print(bytes: Uint8Array, cutBytes = KIB) {
      const log = jobLogWriter(store, JOB_ID, { cutBytes });
      for (let at = 0; at < bytes.length; at += 700) log.write(bytes.subarray(at, at + 700));
      await log.end();
    },
    /** What the provider answers to its buyer: the bytes, and what it says of the rest. */
    async ask(offset: number, waitMs = 0) {
      const asked = jobLogQuestion(
        { requestId: eventId, provider: asPubkey(TOWN.pubkey), offset, waitMs },
        nowS,
      );
      const answer = await answers.answer(await PAYER.sign(asked));
      const { pieces, endBytes, ended } = parseJobLogAnswer(answer!.content);
      const parts = await Promise.all(
        pieces.map(({ deflated, sizeBytes }) => inflate(deflated, sizeBytes)),
      );
      const bytes = await new Blob(parts.map((each) => each.slice())).bytes();
      const from = pieces[0]?.offset ?? offset;
      return { bytes: bytes.subarray(offset - from), to: from + bytes.length, endBytes, ended };
    },
    pay: (number: number) =>
      store.commit([{ op: "payIncrement", eventId, role: "provider", number, atMs: 2 }]),
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const OUTPUT = crypto.getRandomValues(new Uint8Array(5_000));

Deno.test("a provider sends one increment of output more than was paid, whoever asks for which byte", async () => {
  await using at = await seller();
  await at.print(OUTPUT);
  const first = await at.ask(0);
  assert.deepEqual([first.to, first.endBytes, first.ended], [2 * KIB, 2 * KIB, false]);
  for (const offset of [2 * KIB, 3 * KIB, 1e9]) {
    assert.equal((await at.ask(offset)).bytes.length, 0, `from ${offset}`);
  }
  await at.pay(2);
  const second = await at.ask(2 * KIB);
  assert.deepEqual([second.to, second.endBytes], [3 * KIB, 3 * KIB]);
  for (const number of [3, 4]) await at.pay(number);
  const rest = await at.ask(3 * KIB);
  assert.deepEqual([rest.to, rest.endBytes], [5_000, 5_000]);
  assert.deepEqual([...first.bytes, ...second.bytes, ...rest.bytes], [...OUTPUT]);
});

Deno.test("output that was not paid is not sent after the job's end either", async () => {
  await using at = await seller();
  await at.print(OUTPUT);
  const patch = { status: "error", updatedAtMs: startMs } as const;
  await at.store.commit([{ op: "patchJob", jobId: JOB_ID, role: "provider", patch }]);
  const seen = await at.ask(0, 2_000);
  assert.deepEqual([seen.to, seen.endBytes, seen.ended], [2 * KIB, 2 * KIB, true]);
});

Deno.test("a question that waits for output is answered as soon as the output is paid", async () => {
  await using at = await seller();
  await at.print(OUTPUT);
  const waiting = at.ask(2 * KIB, 2_000);
  await at.pay(2);
  const { to } = await waiting;
  // On a machine under load the payment may come after the two seconds.
  assert.ok(to === 3 * KIB || to === 2 * KIB);
  assert.equal((await at.ask(2 * KIB)).to, 3 * KIB);
});

Deno.test("a run that starts again is sent from its own first byte on, and its pieces end where increments do", async () => {
  await using at = await seller({ paid: 2 });
  await at.print(OUTPUT.subarray(0, 1_500));
  const fromByte = ownOutputFrom(1_500);
  const eventId = (await at.store.getJob(JOB_ID, "provider"))!.eventId;
  await at.store.commit([{ op: "meterRun", eventId, used: 0, fromByte, stoppedAt: null }]);
  await at.print(OUTPUT);
  const first = await at.ask(0);
  // Two increments were paid, so three of the new run are sent.
  assert.equal(first.endBytes, fromByte + 3 * KIB);
  assert.deepEqual(
    [...first.bytes.subarray(fromByte)],
    [...OUTPUT.subarray(0, first.to - fromByte)],
  );
  const { pieces } = await at.store.jobLog(JOB_ID, "provider", 0, 0);
  const ends = pieces.map(({ offset, sizeBytes }) => offset + sizeBytes - fromByte);
  for (const end of [1, 2, 3, 4].map((n) => n * KIB)) assert.ok(ends.includes(end), `${end}`);
  assert.equal(ownOutputFrom(0), 0);
});
