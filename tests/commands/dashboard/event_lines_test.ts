import assert from "node:assert/strict";
import { EventLines } from "../../../commands/dashboard/event_lines.ts";
import { lineOf } from "../../../commands/dashboard/read_home.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { type JournalEntry, NO_HASH } from "../../../store/journal_row.ts";
import type { JobRow } from "../../../store/job_row.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";

const EVENT = eventIdOf("5abc123");

function entry(over: Partial<JournalEntry>): JournalEntry {
  return {
    seq: 1,
    atMs: 1_000,
    type: "job",
    jobId: "job-5abc123",
    channelId: null,
    eventId: EVENT,
    kind: 5602,
    bytes: null,
    amountUnits: null,
    balanceUnits: null,
    outcome: "created",
    prev: NO_HASH,
    hash: NO_HASH,
    data: {},
    ...over,
  };
}

/** The texts of entries, of a job that is as given. */
async function told(
  row: JobRow | null,
  entries: readonly Partial<JournalEntry>[],
  name: string | null = null,
) {
  const lines = new EventLines({
    asset: M2M,
    jobOf: () => Promise.resolve(row === null ? null : lineOf(row)),
    testsOf: () => Promise.resolve({ passed: 47, total: 47 }),
    nameOf: () => Promise.resolve(name),
  });
  const texts: string[] = [];
  for (const over of entries) {
    texts.push(...(await lines.linesOf(entry(over))).map(({ text }) => text));
  }
  return texts;
}

const WRITE = {
  type: "payment",
  bytes: 875,
  amountUnits: 8_750n,
  balanceUnits: 49_991_250n,
  outcome: "fulfilled",
} as const;

Deno.test("EventLines names a channel by its own id only, which it has when it is open", async () => {
  const channel = { type: "channel", jobId: null, eventId: null } as const;
  assert.deepEqual(
    await told(null, [
      { ...channel, channelId: "ch_f185c16a", outcome: "opening" },
      { ...channel, channelId: "ch_99f34724", outcome: "open", amountUnits: 20_000_000n },
    ]),
    ["A channel is opening", "Channel ch_99f34724 open (20.00 M2M)"],
  );
});

Deno.test("EventLines shows a job from its post to the rest of its channel", async () => {
  const row = job({ type: "docker-build-amd64", provider: "b".repeat(64), exitCode: 0 });
  assert.deepEqual(
    await told(
      row,
      [{ outcome: "created" }, WRITE, { outcome: "posted" }, { outcome: "success" }],
      "Mayor-Beta",
    ),
    [
      "Posted job-5abc123: docker-build-amd64 (875 bytes, 0.00875 M2M)",
      "Waiting for result...",
      "Received result for job-5abc123 from Mayor-Beta (bbbbbbbb...)",
      "Build: SUCCESS | Tests: 47/47 passed",
      "Payment Channel: 49.99125 M2M remaining",
    ],
  );
});

Deno.test("EventLines says what failed: a run, a payment, a job", async () => {
  const failed = job({ provider: "b".repeat(64), status: "success", exitCode: 3 });
  assert.deepEqual((await told(failed, [{ outcome: "success" }])).slice(1), [
    "Build: FAILED (exit 3) | Tests: 47/47 passed",
    "To do: 'crosstown job logs job-5abc123' shows its log",
  ]);
  assert.deepEqual(
    await told(
      job({ status: "timeout", errorCode: "timeout", errorMessage: "nobody answered" }),
      [{ outcome: "timeout" }],
    ),
    [
      "job-5abc123 timeout: nobody answered",
      "To do: 'crosstown job rerun job-5abc123 --timeout SECONDS' gives it longer",
    ],
  );
  assert.deepEqual(await told(job(), [{ ...WRITE, outcome: "refused" }]), [
    "A payment of 0.00875 M2M was refused",
    "To do: 'crosstown job status job-5abc123' says why",
  ]);
});

Deno.test("EventLines of a provider are its work and its earnings", async () => {
  const row = job({ role: "provider" });
  assert.deepEqual(
    await told(row, [
      { type: "earning", amountUnits: 100_000n, outcome: "fulfilled" },
      { outcome: "processing" },
      { outcome: "success" },
    ]),
    [
      "Earned 0.10 M2M with job-5abc123",
      "Working on job-5abc123: ci-run",
      "Answered job-5abc123: success",
    ],
  );
});

Deno.test("EventLines says nothing of a job that is no longer kept", async () => {
  assert.deepEqual(await told(null, [{ outcome: "posted" }]), []);
});
