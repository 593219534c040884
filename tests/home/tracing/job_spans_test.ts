import assert from "node:assert/strict";
import { jobSpans, moneySpan, type TracedEntry } from "../../../home/tracing/job_spans.ts";
import { rootSpanIdOf } from "../../../protocols/otlp/span.ts";
import type { JournalEntry } from "../../../store/journal_row.ts";

const REQUEST = "ab".repeat(32);

function entry(seq: number, over: Partial<JournalEntry>, signedAtMs: number | null = null) {
  const base = { jobId: "job-abababa", kind: 5600, bytes: null, amountUnits: null };
  return { entry: { seq, atMs: seq * 100, ...base, ...over } as JournalEntry, signedAtMs };
}

function job(seq: number, outcome: string, role = "buyer"): TracedEntry {
  return entry(seq, { type: "job", outcome, data: { role, type: "echo", buyer: "secret" } });
}

const paid = entry(3, {
  type: "payment",
  outcome: "refused",
  amountUnits: 7n,
  bytes: 70,
  data: { obligation: `write:${REQUEST}` },
}, 250);

Deno.test("jobSpans() gives the whole job, each status and each payment, with the time that the packet took", () => {
  const spans = jobSpans(REQUEST, "buyer", [
    job(1, "created"),
    job(2, "posted"),
    paid,
    job(4, "error"),
  ]);
  assert.deepEqual(
    spans.map(({ name, startMs, endMs, failed }) => [name, startMs, endMs, failed]),
    [
      ["job 5600", 100, 400, true],
      ["until posted", 100, 200, false],
      ["until error", 200, 400, false],
      ["payment write", 250, 300, true],
    ],
  );
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 4);
  assert.equal(spans[0].parentSpanId, null);
  for (const { parentSpanId } of spans.slice(1)) assert.equal(parentSpanId, spans[0].spanId);
  assert.deepEqual(spans[3].attributes, {
    "crosstown.role": "buyer",
    "crosstown.job_id": "job-abababa",
    "crosstown.kind": 5600,
    "crosstown.outcome": "refused",
    "crosstown.amount_units": 7n,
    "crosstown.bytes": 70,
  });
  assert.ok(
    !JSON.stringify(spans.map(({ attributes }) => Object.values(attributes).map(String))).includes(
      "secret",
    ),
  );
});

Deno.test("jobSpans() makes the provider's work a part of the buyer's job, which it knows by the request", () => {
  const entries = [job(1, "created", "provider"), job(2, "created"), job(3, "success", "provider")];
  const [work, step, ...more] = jobSpans(REQUEST, "provider", entries);
  assert.equal(work.name, "work 5600");
  assert.equal(work.parentSpanId, rootSpanIdOf(REQUEST));
  assert.deepEqual([step.name, step.startMs, step.endMs], ["until success", 100, 300]);
  assert.deepEqual(more, [], "the buyer's own entries are not among them");
  assert.deepEqual(jobSpans(REQUEST, "provider", [job(2, "created")]), []);
});

Deno.test("moneySpan() makes a payment after the job's end a part of its job", () => {
  const { entry: ended } = job(4, "success", "provider");
  const answer = entry(5, {
    type: "payment",
    outcome: "fulfilled",
    amountUnits: 9n,
    data: { obligation: `write:${"cd".repeat(32)}` },
  }, 450);
  const span = moneySpan(REQUEST, "provider", ended, answer)!;
  const [work] = jobSpans(REQUEST, "provider", [job(1, "created", "provider")]);
  assert.deepEqual(
    [span.parentSpanId, span.name, span.startMs, span.endMs, span.attributes["crosstown.role"]],
    [work.spanId, "payment write", 450, 500, "provider"],
  );
  assert.equal(moneySpan(REQUEST, "provider", ended, { entry: ended, signedAtMs: null }), null);
});
