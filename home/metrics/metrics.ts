/**
 * A home's figures in the text format of Prometheus, version 0.0.4. Pure function.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @module
 */
import { isEnded } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { StoreTotals } from "../../store/store.ts";

/** A channel's figures. The signed amount is the most that may be owed. */
interface ChannelFigures {
  readonly name: string;
  readonly status: string;
  readonly depositUnits: bigint;
  readonly signedUnits: bigint;
}

/** The figures at one moment. */
export interface HomeFigures {
  readonly about: {
    readonly role: string;
    readonly network: string;
    readonly version: string;
    /** RFC 3339. */
    readonly started_at: string;
  };
  readonly totals: StoreTotals;
  readonly journalSeq: number;
  readonly channels: readonly ChannelFigures[];
  /** The newest jobs, for their run times. */
  readonly recent: readonly Pick<
    JobRow,
    "role" | "status" | "exitCode" | "createdAtMs" | "updatedAtMs"
  >[];
  /** By name, whether the peer is connected; null if the network has no such peer. */
  readonly peers: Readonly<Record<string, boolean | null>>;
  /** By name, a peer's last round trip in milliseconds; null if none was measured. */
  readonly latencies: Readonly<Record<string, number | null>>;
  /** By pipeline, stage and counter. */
  readonly pipelines: Readonly<Record<string, Readonly<Record<string, CounterValues>>>>;
  /** By service and counter. */
  readonly services: Readonly<Record<string, CounterValues>>;
}

type CounterValues = Readonly<Record<string, number>>;

/** One sample: the values of its labels, and the figure. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | bigint];

interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "summary";
  readonly help: string;
  readonly samples: (figures: HomeFigures) => Iterable<Sample>;
}

const QUANTILES = [0.5, 0.95] as const;

/** Every metric, in the order of the text. */
export const METRICS: readonly Metric[] = [
  {
    name: "crosstown_info",
    type: "gauge",
    help: "1, with what is at work on this home",
    samples: ({ about: { role, network, version } }) => [[{ role, network, version }, 1]],
  },
  {
    name: "crosstown_start_time_seconds",
    type: "gauge",
    help: "when the daemon started, in seconds since the epoch",
    samples: ({ about }) => [[{}, Math.floor(Date.parse(about.started_at) / 1_000)]],
  },
  {
    name: "crosstown_peer_connected",
    type: "gauge",
    help: "1 where relay, connectors or chain are connected, 0 where they are not",
    samples: ({ peers }) =>
      Object.entries(peers).flatMap(([peer, up]): Sample[] =>
        up === null ? [] : [[{ peer }, up ? 1 : 0]]
      ),
  },
  {
    name: "crosstown_peer_latency_seconds",
    type: "gauge",
    help: "the last round trip to relay, connectors or chain",
    samples: ({ latencies }) =>
      Object.entries(latencies).flatMap(([peer, ms]): Sample[] =>
        ms === null ? [] : [[{ peer }, ms / 1_000]]
      ),
  },
  {
    name: "crosstown_jobs",
    type: "gauge",
    help: "jobs in the store, by role and status",
    samples: ({ totals: { jobs, provided } }) =>
      Object.entries(jobs).flatMap(([status, all]): Sample[] => {
        const sold = provided.jobs[status] ?? 0;
        return [[{ role: "buyer", status }, all - sold], [{ role: "provider", status }, sold]];
      }),
  },
  {
    name: "crosstown_recent_job_seconds",
    type: "summary",
    help: "how long the newest 1000 jobs took that went well, by role and quantile",
    samples: recentTimes,
  },
  {
    name: "crosstown_paid_units_total",
    type: "counter",
    help: "fulfilled payments, in base units",
    samples: ({ totals }) => [[{}, totals.spentUnits]],
  },
  {
    name: "crosstown_provider_costs_units_total",
    type: "counter",
    help: "of these payments, what answers and announcements of a provider cost, in base units",
    samples: ({ totals }) => [[{}, totals.provided.spentUnits]],
  },
  {
    name: "crosstown_earned_units_total",
    type: "counter",
    help: "fulfilled earnings, in base units",
    samples: ({ totals }) => [[{}, totals.earnedUnits]],
  },
  {
    name: "crosstown_open_packets",
    type: "gauge",
    help: "payments without an answer (outgoing), and packets of others that wait (incoming)",
    samples: ({ totals }) => [
      [{ side: "outgoing" }, totals.openOutgoing],
      [{ side: "incoming" }, totals.heldIncoming],
    ],
  },
  {
    name: "crosstown_quarantined_documents_total",
    type: "counter",
    help: "documents that were set aside because a stage failed with them",
    samples: ({ totals }) => [[{}, totals.quarantined]],
  },
  {
    name: "crosstown_discarded_answers_total",
    type: "counter",
    help: "answers to jobs that did not count, by reason",
    samples: ({ totals }) =>
      Object.entries(totals.answers).map(([reason, count]): Sample => [{ reason }, count]),
  },
  {
    name: "crosstown_channel_deposit_units",
    type: "gauge",
    help: "deposit of a channel that has not ended, in base units",
    samples: ({ channels }) =>
      channels.map(({ name, status, depositUnits }): Sample => [
        { channel: name, status },
        depositUnits,
      ]),
  },
  {
    name: "crosstown_channel_balance_units",
    type: "gauge",
    help: "the part of that deposit for which no claim is signed, in base units",
    samples: ({ channels }) =>
      channels.map(({ name, status, depositUnits, signedUnits }): Sample => [
        { channel: name, status },
        depositUnits > signedUnits ? depositUnits - signedUnits : 0n,
      ]),
  },
  {
    name: "crosstown_journal_entries_total",
    type: "counter",
    help: "number of the journal's last entry",
    samples: ({ journalSeq }) => [[{}, journalSeq]],
  },
  {
    name: "crosstown_stage_events_total",
    type: "counter",
    help: "what the stages of the pipelines count",
    samples: ({ pipelines }) =>
      Object.entries(pipelines).flatMap(([pipeline, stages]) =>
        Object.entries(stages).flatMap(([stage, counters]) =>
          Object.entries(counters).map(([event, count]): Sample => [
            { pipeline, stage, event },
            count,
          ])
        )
      ),
  },
  {
    name: "crosstown_service_events_total",
    type: "counter",
    help: "what the services count",
    samples: ({ services }) =>
      Object.entries(services).flatMap(([service, counters]) =>
        Object.entries(counters).map(([event, count]): Sample => [{ service, event }, count])
      ),
  },
];

/**
 * The text of a scrape. A metric without samples is left out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { labelText } from "./metrics.ts";
 * assert.equal(labelText({ peer: 'a"b\n' }), '{peer="a\\"b\\n"}');
 * ```
 */
export function metricsText(figures: HomeFigures): string {
  return METRICS.map(({ name, type, help, samples }) => {
    const lines = [...samples(figures)].map(([labels, value]) =>
      `${name}${labelText(labels)} ${value}\n`
    );
    return lines.length === 0
      ? ""
      : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
  }).join("");
}

/** Labels in the format's syntax. Values may be any text. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) =>
    `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`
  );
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function recentTimes({ recent }: HomeFigures): Sample[] {
  return (["buyer", "provider"] as const).flatMap((role) => {
    const times = recent
      .filter((job) =>
        job.role === role && isEnded(job.status) && job.status === "success" &&
        (job.exitCode ?? 0) === 0
      )
      .map(({ createdAtMs, updatedAtMs }) => Math.max(0, updatedAtMs - createdAtMs))
      .sort((a, b) => a - b);
    if (times.length === 0) return [];
    return QUANTILES.map((quantile): Sample => [
      { role, quantile: String(quantile) },
      times[Math.ceil(times.length * quantile) - 1] / 1_000,
    ]);
  });
}
