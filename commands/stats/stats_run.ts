/**
 * What `crosstown stats` does: asks the relay in a worker that reaches nothing else, reads the home's store, and prints both.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import { messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { relaysToRead } from "../../config/more_relays.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { JOB_TYPES, kindOfType } from "../../protocols/nostr/kinds.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { jobFigures, marketFigures } from "../../market/market_figures.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { readStore, refuseMissingHome, storeIsThere } from "../../shell/home/read_store.ts";
import type { OwnFigures, StatsDocument } from "./stats_document.ts";
import { statsRow, statsText } from "./stats_text.ts";

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MAX_WINDOW_S = 30 * 86_400;
/** The most jobs of this home that are read, newest first. */
const MAX_JOBS = 10_000;

/** Prints the figures once or repeatedly. Exits with 0 even if the relay is offline; the document then says so. */
export async function stats(invocation: Invocation): Promise<number> {
  const { options, output, io, signal } = invocation;
  const windowS = windowOf(options.required("window"));
  const everyMs = options.integer("every", { min: 1, max: 3_600 })! * 1_000;
  const bytes = options.integer("bytes", { min: 0, max: 1_048_576 })!;
  const live = options.on("live");
  const asJson = options.on("json") || output.mode === "json";
  const config = await configOf(invocation);
  await refuseMissingHome(config);
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const relays = relaysToRead(config.profile);
    const reader = (await supervisor.service("relay-reader-anonymous", relays)).client();
    const { asset } = config.profile;
    for (;;) {
      const document = await documentOf(config, reader, { windowS, bytes, nowMs: io.clock() });
      if (asJson) await output.documentLine("stats", document);
      else {
        // A terminal is cleared before each repetition. Elsewhere the documents follow each other.
        if (live && io.stdout.isTerminal && output.mode === "text") {
          await output.bytes(new TextEncoder().encode("\x1b[2J\x1b[H"));
        }
        await output.document("stats", document, () => statsText(document, asset), [
          statsRow(document),
        ]);
      }
      if (!live) return 0;
      await pause(everyMs, signal);
      if (signal.aborted) return 0;
    }
  } finally {
    await supervisor.stop(0);
  }
}

async function documentOf(
  config: Config,
  reader: Pick<RelayReader, "announcements" | "traffic">,
  { windowS, bytes, nowMs }: {
    readonly windowS: number;
    readonly bytes: number;
    readonly nowMs: number;
  },
): Promise<StatsDocument> {
  const { name, testnet, relayUrl } = config.profile;
  const told = async () => {
    const announcements = await reader.announcements([]);
    const kinds = [
      ...JOB_TYPES.map((type) => kindOfType(type)!),
      ...announcements.flatMap((each) => [...each.prices.map(({ kind }) => kind)]),
    ];
    const traffic = await reader.traffic(kinds, Math.floor(nowMs / 1_000) - windowS);
    return marketFigures(announcements, traffic, { windowS, nowMs, bytes });
  };
  const [market, own] = await Promise.all([
    told().then((figures) => ({ figures, error: null }), (error: unknown) => ({
      figures: null,
      error: messageOf(error),
    })),
    ownFigures(config, windowS, nowMs),
  ]);
  return {
    version: 1,
    network: name,
    testnet,
    relay_url: relayUrl,
    at: new Date(nowMs).toISOString(),
    window_s: windowS,
    market: market.figures,
    market_error: market.error,
    own,
  };
}

async function ownFigures(config: Config, windowS: number, nowMs: number): Promise<OwnFigures> {
  const none = jobFigures(0, 0, 0, [], windowS);
  if (!await storeIsThere(config)) {
    return { bought: none, sold: none, paid_units: 0n, earned_units: 0n };
  }
  await using store = await readStore(config);
  const sinceMs = nowMs - windowS * 1_000;
  const { paidUnits, earnedUnits } = await store.journalStats({
    types: ["payment", "earning"],
    sinceMs,
  });
  const of = async (role: "buyer" | "provider") => {
    const jobs = (await store.listJobs({ role, limit: MAX_JOBS }))
      .filter(({ createdAtMs }) => createdAtMs >= sinceMs);
    const over = jobs.filter(({ status }) => isEnded(status) && status !== "cancelled");
    const well = over.filter(({ status, exitCode }) =>
      status === "success" && (exitCode ?? 0) === 0
    );
    const times = well.map(({ createdAtMs, updatedAtMs }) => updatedAtMs - createdAtMs);
    return jobFigures(jobs.length, well.length, over.length - well.length, times, windowS);
  };
  return {
    bought: await of("buyer"),
    sold: await of("provider"),
    paid_units: paidUnits,
    earned_units: earnedUnits,
  };
}

function windowOf(text: string): number {
  const found = /^(\d{1,7})([smhd])$/.exec(text);
  const seconds = found === null ? NaN : Number(found[1]) * UNIT_S[found[2]];
  if (seconds >= 1 && seconds <= MAX_WINDOW_S) return seconds;
  throw new UsageError(
    `--window is not a time up to 30 days (got ${text.slice(0, 40)})`,
    "write 90s, 30m, 12h or 7d",
  );
}
