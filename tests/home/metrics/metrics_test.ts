import assert from "node:assert/strict";
import { type HomeFigures, METRICS, metricsText } from "../../../home/metrics/metrics.ts";
import { job } from "../../store/store_rows.ts";
import { samplesOf } from "./exposition.ts";

const FIGURES: HomeFigures = {
  about: {
    role: "mayor",
    network: "dev",
    version: "0.1.0",
    started_at: "2026-02-17T12:00:00.500Z",
  },
  totals: {
    jobs: { success: 5, processing: 1 },
    provided: { jobs: { success: 2 }, spentUnits: 30n },
    spentUnits: 2n ** 63n,
    earnedUnits: 7n,
    openOutgoing: 1,
    heldIncoming: 0,
    quarantined: 3,
    answers: { 'late "\\\n': 2 },
  },
  journalSeq: 17,
  channels: [{ name: "ch_7f3a9b2e", status: "open", depositUnits: 50n, signedUnits: 60n }],
  recent: [
    job({ status: "success", createdAtMs: 0, updatedAtMs: 1_500 }),
    job({ status: "success", createdAtMs: 0, updatedAtMs: 4_000 }),
    job({ status: "success", exitCode: 2, createdAtMs: 0, updatedAtMs: 90_000 }),
  ],
  peers: { relay: true, connector: false, chain: null },
  latencies: { relay: 12, connector: null, chain: null },
  pipelines: { answers: { "skill-sink": { done: 4 } } },
  services: { store: { "served getJob": 9 } },
};

Deno.test("metricsText() is the text format, with each figure under its labels", () => {
  const samples = samplesOf(metricsText(FIGURES));
  for (
    const [series, value] of [
      ['crosstown_info{role="mayor",network="dev",version="0.1.0"}', "1"],
      ["crosstown_start_time_seconds", "1771329600"],
      ['crosstown_peer_connected{peer="relay"}', "1"],
      ['crosstown_peer_connected{peer="connector"}', "0"],
      ['crosstown_peer_latency_seconds{peer="relay"}', "0.012"],
      ['crosstown_jobs{role="buyer",status="success"}', "3"],
      ['crosstown_jobs{role="provider",status="success"}', "2"],
      ['crosstown_recent_job_seconds{role="buyer",quantile="0.5"}', "1.5"],
      ['crosstown_recent_job_seconds{role="buyer",quantile="0.95"}', "4"],
      ["crosstown_paid_units_total", "9223372036854775808"],
      // If more is signed than deposited, the balance is 0, not negative.
      ['crosstown_channel_balance_units{channel="ch_7f3a9b2e",status="open"}', "0"],
      ['crosstown_discarded_answers_total{reason="late \\"\\\\\\n"}', "2"],
      [
        'crosstown_stage_events_total{pipeline="answers",stage="skill-sink",event="done"}',
        "4",
      ],
    ]
  ) assert.equal(samples.get(series), value, series);
  assert.ok(![...samples.keys()].some((series) => series.includes('peer="chain"')));
});

Deno.test("docs/monitoring.md lists every metric, with its type, and no other", async () => {
  const docs = await Deno.readTextFile(
    new URL("../../../docs/monitoring.md", import.meta.url),
  );
  const listed = [...docs.matchAll(/^\| `(crosstown_[a-z_]+)[^|]*\| (\w+) /gm)]
    .map(([, name, type]) => [name, type]);
  assert.deepEqual(listed, METRICS.map(({ name, type }) => [name, type]));
});
