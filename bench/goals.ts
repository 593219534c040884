/**
 * The goals for figures. A goal compares one figure, its ratio, or the quotient of two figures with a limit.
 *
 * @module
 */
import type { Figure } from "./figures.ts";

/** A figure with the bench that made it. */
export type Result = { readonly bench: string } & Figure;

/** A goal for one figure. */
export interface Goal {
  readonly what: string;
  readonly bench: string;
  /** The name of the figure. */
  readonly figure: string;
  /** Whether the figure itself or its ratio counts. */
  readonly of: "value" | "ratio";
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A goal with the measured value. */
export interface Verdict {
  readonly goal: Goal;
  readonly unit: string;
  /** Null if it was not measured; then `reached` is null too. */
  readonly seen: number | null;
  readonly reached: boolean | null;
  /** Why it was not measured. `no such figure`: the bench ran, but gave no figure of this name, or none with a ratio. Null if it was measured. */
  readonly lacks: "not measured" | "no such figure" | null;
}

const INBOUND = "inbound with verification, toon";
const UNVERIFIED = "inbound without verification";
const PACKET = "paid packet, interledger";
const EVENT = "paid event, verified, stored and served";
const PAID_WRITES = "events paid by packet, verified and stored, 64 at once";
const PAYMENT_WRITES = "a payment's durable writes, alone, p50";
const RECOVERY = "recovery, process start to ready";
const HIGHEST = "memory of a dashboard at its highest";
const SANDBOXED = "paid jobs of sh -c true in the sandbox";
const MARKET = "200 jobs by 20 providers";

/** All goals. */
export const GOALS: readonly Goal[] = [
  ratio("kind scan, times faster than decode", "kind_scan", "kind scan, toon", { atLeast: 50 }),
  ratio("inbound beside the verifier alone", "pipeline", INBOUND, { atLeast: 0.95 }),
  value("inbound, unverified", "pipeline", UNVERIFIED, { atLeast: 300_000 }),
  ratio("packets beside ilp-connector's", "packet", `${PACKET}, 32 in flight`, { atLeast: 1.5 }),
  value("a packet alone, p50", "packet", `${PACKET}, alone, p50`, { atMost: 3 }),
  value("a packet alone, p99", "packet", `${PACKET}, alone, p99`, { atMost: 10 }),
  value("packets, 64 in flight", "packet", `${PACKET}, 64 in flight`, { atLeast: 5_000 }),
  value("the same, p99", "packet", `${PACKET}, 64 in flight, p99`, { atMost: 20 }),
  value("each also an event", "packet", `${EVENT}, 64 in flight`, { atLeast: 4_000 }),
  // 1.3 times as long.
  ratio("a job's start beside bubblewrap alone", "sandbox", "a job's start", { atLeast: 0.77 }),
  value(
    "sent again of a context after a change of one line",
    "blobs",
    "sent again of 50 MB after a change of one line",
    { atMost: 2 },
  ),
  ratio("paid writes beside @nostr-relay's free ones", "relay", PAID_WRITES, { atLeast: 2 }),
  ratio("free writes beside the verifier", "relay", "of the verifier's own speed", {
    atLeast: 0.9,
  }),
  value("reads by id", "relay", "events read by id, 16 at once", { atLeast: 15_000 }),
  value("events verified, one core", "verifier", "events verified, one core", { atLeast: 20_000 }),
  value("a payment's durable writes, p50", "store", PAYMENT_WRITES, { atMost: 1 }),
  value("recovery of 100,000 jobs", "in_flight", RECOVERY, { atMost: 3_000 }),
  value("--help", "start", "--help", { atMost: 80 }),
  value("job submit, cold", "start", "job submit, from a cold start to posted", { atMost: 400 }),
  value("the same from the sources", "start", "the same from the sources", { atMost: 500 }),
  value("job submit beside a daemon", "start", "job submit beside a daemon", { atMost: 120 }),
  value("paid echo jobs, 64 in flight", "job_profile", "paid echo jobs, 64 in flight", {
    atLeast: 120,
  }),
  value("the same, p99", "job_profile", "paid echo jobs, 64 in flight, p99", { atMost: 500 }),
  ratio("the same beside DBOS, unpaid", "job_profile", "paid echo jobs, 64 in flight", {
    atLeast: 1,
  }),
  value("CPU of a paid echo job", "job_profile", "CPU of a job, all processes", { atMost: 15 }),
  // 1.2 times as much.
  ratio("the same at its buyer, 10,000 others waiting", "waiting_jobs", "CPU of a job", {
    atLeast: 0.83,
  }),
  value("paid jobs of sh -c true in the sandbox", "sandboxed_jobs", SANDBOXED, { atLeast: 25 }),
  value("CPU of an idle provider", "start", "CPU of an idle provider", { atMost: 5 }),
  value("CPU of an idle buyer's daemon", "start", "CPU of an idle buyer's daemon", { atMost: 5 }),
  value("memory of an idle provider", "start", "resident memory of an idle provider", {
    atMost: 150,
  }),
  value("an echo job alone, p50", "jobs", "echo job, request to verified result, p50", {
    atMost: 25,
  }),
  value("the dashboard at 1,000 events a second", "dashboard", "core at 1,000 events a second", {
    atMost: 5,
  }),
  value("the dashboard's answer to a key, p99", "dashboard", "key to frame, p99", { atMost: 33 }),
  value("a change on the dashboard, p99", "dashboard", "change to frame, p99", { atMost: 100 }),
  value("the dashboard's memory at its highest", "dashboard_busy", HIGHEST, { atMost: 60 }),
  value(
    "the same at 1,000 events a second",
    "dashboard_busy",
    "the same at 1,000 events a second",
    {
      atMost: 60,
    },
  ),
  value("a market's jobs that succeed", "market", `${MARKET}, success`, { atLeast: 100 }),
  value("a market's jobs, p50", "market", `${MARKET}, all at once, p50`, { atMost: 4_000 }),
  value("a quote is accepted, p95", "market", "request to accepted quote, p95", { atMost: 500 }),
  value("a channel opened", "chain", "open a channel", { atMost: 2_000 }),
  value("audited payments", "audit", "audited payments, durable", { atLeast: 10_000 }),
  ratio("the same beside git commit", "audit", "audited payments, durable", { atLeast: 50 }),
  ratio(
    "packets of 1,000 channels beside one's",
    "claim_rate",
    "paid packets taken in, 1000 channels",
    { atLeast: 0.5 },
  ),
];

/** Compares each goal with the figures of one run. A goal may name a figure by the start of its name, if only one figure matches. */
export function verdicts(results: readonly Result[], goals: readonly Goal[] = GOALS): Verdict[] {
  return goals.map((goal) => {
    const ofBench = results.filter(({ bench }) => bench === goal.bench);
    const figure = ofBench.find(({ name }) => name === goal.figure) ??
      ofBench.find(({ name }) => name.startsWith(goal.figure));
    const seen = (goal.of === "value" ? figure?.value : figure?.ratio) ?? null;
    const unit = goal.of === "value" ? figure?.unit ?? "" : "x";
    if (seen === null) {
      const lacks = ofBench.length === 0 ? "not measured" : "no such figure";
      return { goal, unit, seen, reached: null, lacks };
    }
    const { atLeast = -Infinity, atMost = Infinity } = goal;
    return { goal, unit, seen, reached: seen >= atLeast && seen <= atMost, lacks: null };
  });
}

type Bound = Pick<Goal, "atLeast" | "atMost">;

function value(what: string, bench: string, figure: string, bound: Bound): Goal {
  return { what, bench, figure, of: "value", ...bound };
}

function ratio(what: string, bench: string, figure: string, bound: Bound): Goal {
  return { what, bench, figure, of: "ratio", ...bound };
}
