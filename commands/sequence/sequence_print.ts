/**
 * Prints a sequence with the results of its steps, or the plan of one.
 *
 * @module
 */
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { Config } from "../../config/config.ts";
import type { PrintedResult } from "../../market/read_result.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { sequenceDocument, sequenceRows, sequenceText } from "./sequence_report.ts";
import type { ReadSequence } from "./sequence_read.ts";
import { openMarket } from "../job/open_market.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { networkNamed } from "../../shell/home/money_banner.ts";
import { alignedText, type Output } from "../../shell/output.ts";
import { readStore } from "../../shell/home/read_store.ts";

/** Prints the sequence. With `waited`, the exit code is the sequence's own; otherwise it is 1 only if the sequence failed. */
export async function printSequence(
  invocation: Pick<Invocation, "io" | "output">,
  config: Config,
  state: SequenceState,
  { waited, existing = false, dryRun = false }: {
    readonly waited: boolean;
    readonly existing?: boolean;
    /** The sequence would be cancelled. */
    readonly dryRun?: boolean;
  },
): Promise<number> {
  const results = await resultsOf(config, state);
  const document = sequenceDocument(state, results, invocation.io.clock());
  await invocation.output.document(
    "sequence",
    { ...(dryRun ? { dry_run: true } : {}), ...document, ...(existing ? { existing } : {}) },
    () => {
      const { asset } = networkNamed(config, state.sequence.network);
      const text = sequenceText(document, asset);
      return dryRun ? `Would cancel this; what was paid is not returned\n${text}` : text;
    },
    sequenceRows(document),
  );
  const { status } = state.sequence;
  if (status === "success") return 0;
  return waited || status !== "running" ? 1 : 0;
}

async function resultsOf(
  config: Config,
  { steps, attempts }: SequenceState,
): Promise<ReadonlyMap<string, PrintedResult>> {
  const results = new Map<string, PrintedResult>();
  const last = steps.flatMap(({ name }) => attempts.findLast(({ step }) => step === name) ?? []);
  if (last.length === 0) return results;
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    await using store = await readStore(config);
    for (const { jobId } of last) {
      const row = await store.getJob(jobId, "buyer");
      if (row === null || row.result === null) continue;
      results.set(jobId, await market.readResult(row.kind, row.result));
    }
  } finally {
    await supervisor.stop(0);
  }
  return results;
}

/** Prints the jobs that would be bought. */
export async function showPlan(
  output: Output,
  { document: { name, steps }, budgetUnits }: ReadSequence,
  asset: Asset,
): Promise<number> {
  const rows = steps.map((step) => ({
    step: step.name,
    path: step.path,
    type: step.type,
    kind: step.kind,
    bid_units: step.bidUnits,
    retries: step.retries,
    timeout_s: step.timeoutS,
    when: step.when,
    on_failure: step.onFailure,
  }));
  const bids = steps.every(({ bidUnits }) => bidUnits !== null)
    ? steps.reduce((sum, { bidUnits }) => sum + BigInt(bidUnits!), 0n)
    : null;
  const plan = { dry_run: true, name, budget_units: budgetUnits, bids_units: bids, steps: rows };
  await output.document("sequence-plan", plan, () =>
    [
      alignedText([
        ["STEP", "PATH", "TYPE", "BID", "RETRIES", "ON FAILURE"],
        ...rows.map((row) => [
          row.step,
          row.path,
          row.type,
          row.bid_units === null ? "-" : formatUnits(BigInt(row.bid_units), asset),
          String(row.retries),
          row.on_failure,
        ]),
      ]),
      `The file is good. Nothing was bought; budget: ${
        budgetUnits === null ? "none, each job has its own limit" : formatUnits(budgetUnits, asset)
      }`,
    ].join("\n"), rows);
  return 0;
}
