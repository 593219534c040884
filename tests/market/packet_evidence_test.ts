import assert from "node:assert/strict";
import { packetEvidence } from "../../market/packet_evidence.ts";
import type { ReadBack } from "../../market/relay_questions.ts";
import type { JobRow } from "../../store/job_row.ts";
import { buyerRow, NOW_S, request } from "./market.ts";

const asked = request();
const DEADLINE_MS = (NOW_S + 300) * 1_000;

interface Case {
  readonly name: string;
  readonly obligation?: string;
  readonly relay?: ReadBack;
  readonly job?: Partial<JobRow> | null;
  readonly nowMs?: number;
  readonly expected: "found" | "not_found" | "unknown";
}

const CASES: readonly Case[] = [
  { name: "a write that the relay shows", relay: "shown", expected: "found" },
  { name: "a write that the relay has not", relay: "hidden", expected: "not_found" },
  { name: "a write while the relay is away", relay: "unreadable", expected: "unknown" },
  ...(["processing", "partial", "success"] as const).map((status): Case => ({
    name: `a job that is ${status}`,
    obligation: `job:${asked.id}`,
    job: { status },
    expected: "found",
  })),
  {
    name: "a job whose result came after its end",
    obligation: `job:${asked.id}`,
    job: { status: "error", resultEventId: "5".repeat(64) },
    nowMs: DEADLINE_MS,
    expected: "found",
  },
  {
    name: "a job of which nothing came, before its deadline",
    obligation: `job:${asked.id}`,
    job: { status: "unknown" },
    nowMs: DEADLINE_MS - 1,
    expected: "unknown",
  },
  {
    name: "a job of which nothing came, after its deadline",
    obligation: `job:${asked.id}`,
    job: { status: "timeout" },
    nowMs: DEADLINE_MS,
    expected: "not_found",
  },
  { name: "a job that is gone", obligation: `job:${asked.id}`, job: null, expected: "unknown" },
  { name: "something else", obligation: "quote:1", expected: "unknown" },
];

for (const { name, obligation = `write:${asked.id}`, relay, job, nowMs, expected } of CASES) {
  Deno.test(`packetEvidence() of ${name}: ${expected}`, async () => {
    const evidence = packetEvidence({
      store: {
        getJobByEvent: (eventId, role) => {
          assert.deepEqual([eventId, role], [asked.id, "buyer"]);
          return Promise.resolve(job === null ? null : buyerRow(asked, job));
        },
      },
      relay: {
        readBack: (id) => {
          assert.equal(id, asked.id);
          return Promise.resolve(relay!);
        },
      },
      clock: () => nowMs ?? NOW_S * 1_000,
    });
    assert.equal(await evidence({ obligation }), expected);
  });
}
