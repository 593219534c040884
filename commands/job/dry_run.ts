/**
 * Prints what `job submit --dry-run` would send, and its cost if the price could be asked.
 *
 * @module
 */
import { MAX_LISTED, type PackedFiles } from "../../market/packing/folder_archive.ts";
import type { PlannedJob } from "../../market/plan_job.ts";
import { totalUnits } from "../../market/plan_verification.ts";
import type { VerifyRule } from "../../market/verify_rule.ts";
import type { Config } from "../../config/config.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { ComparedHow } from "./verify_option.ts";
import type { Invocation } from "../../shell/command.ts";
import { lightningOptions } from "../../shell/home/lightning_options.ts";
import { describeFailure } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { partsWords } from "./payment_words.ts";
import { filesDocument, filesText } from "./job_input.ts";

/** Prints what a job would cost. Exit 0. */
export async function showPlan(
  { output }: Invocation,
  planned: PlannedJob,
  files: PackedFiles | null,
  config: Config,
): Promise<number> {
  const { asset } = config.profile;
  const text = (units: bigint) => formatUnits(units, asset);
  const lightning = planned.priceUnits === 0n ? lightningOptions(config) : null;
  const total = planned.writeUnits + planned.priceUnits;
  const increment = planned.quote?.quote?.increment;
  const plan = {
    dry_run: true,
    event_id: planned.built.eventId,
    kind: planned.built.kind,
    bytes: planned.built.sizeBytes,
    provider: planned.provider,
    write_units: planned.writeUnits,
    job_units: planned.priceUnits,
    total_units: total,
    ...lightning !== null && { invoice_msats: lightning.invoiceMsats },
    ...planned.quote?.quote?.mode === "on-delivery" && {
      deposit_units: planned.depositUnits ?? null,
    },
    ...planned.increments !== undefined && {
      increments: planned.increments,
      increment_s: increment?.unit === "second" ? increment.size : null,
      increment_kib: increment?.unit === "kib" ? increment.size : null,
      max_loss_units: planned.depositUnits ?? null,
    },
  };
  const parts = partsWords(planned, asset);
  const price = `Would post ${plan.bytes} bytes for ${
    text(planned.writeUnits)
  } and pay ${planned.provider} ${text(planned.priceUnits)}: ${text(total)} in total${
    parts === null ? "" : `, ${parts}`
  }${lightning === null ? "" : `; and at most ${lightning.invoiceMsats} msats for its invoice`}${
    tokensText(planned)
  }`;
  await output.document(
    "job-plan",
    { ...plan, input: files === null ? null : filesDocument(files) },
    () => [...(files === null ? [] : filesText(files, MAX_LISTED)), price].join("\n"),
    [{ ...plan, files: files?.count ?? null, file_bytes: files?.totalBytes ?? null }],
  );
  return 0;
}

/** How many tokens a quoted price includes, and whether tokens that are not used are paid. */
function tokensText({ quote }: PlannedJob): string {
  const { tokens, mode } = quote?.quote ?? {};
  if (tokens === undefined) return "";
  const { input, output } = tokens.most;
  return `, for up to ${input} tokens in and ${output} out, ${
    mode === "on-delivery" ? "less if fewer are used" : "also if fewer are used"
  }`;
}

/** Prints the cost of a job that several providers do. Exit 0. */
export async function showVerification(
  { output }: Invocation,
  plans: readonly PlannedJob[],
  { needed, count, compare, judge }: VerifyRule & ComparedHow,
  files: PackedFiles | null,
  { profile: { asset } }: Config,
): Promise<number> {
  const text = (units: bigint) => formatUnits(units, asset);
  const [{ built: { kind, eventId, sizeBytes } }] = plans;
  const sum = (units: (plan: PlannedJob) => bigint) =>
    plans.reduce((total, plan) => total + units(plan), 0n);
  const plan = {
    dry_run: true,
    event_id: eventId,
    kind,
    bytes: sizeBytes,
    provider: plans[0].provider,
    write_units: sum(({ writeUnits }) => writeUnits),
    job_units: sum(({ priceUnits }) => priceUnits),
    total_units: totalUnits(plans),
  };
  const providers = plans.map(shareOf);
  await output.document(
    "job-plan",
    {
      ...plan,
      verification: { k: needed, n: count, compare, judge, providers },
      input: files === null ? null : filesDocument(files),
    },
    () =>
      [
        ...(files === null ? [] : filesText(files, MAX_LISTED)),
        ...providers.map(({ provider, write_units, job_units }) =>
          `Would post ${plan.bytes} bytes for ${text(write_units)} and pay ${provider} ${
            text(job_units)
          }`
        ),
        `${text(plan.total_units)} in total; ${needed} of ${count} answers must be equal`,
      ].join("\n"),
    [{ ...plan, files: files?.count ?? null, file_bytes: files?.totalBytes ?? null }],
  );
  return 0;
}

/** Prints the cost of a job that may be challenged: usually the price of the first provider, at most the prices of three. Exit 0. */
export async function showChallenge(
  { output }: Invocation,
  plans: readonly PlannedJob[],
  { chance, compare, judge, mostUnits }: ComparedHow & {
    readonly chance: number;
    readonly mostUnits: bigint;
  },
  files: PackedFiles | null,
  { profile: { asset } }: Config,
): Promise<number> {
  const text = (units: bigint) => formatUnits(units, asset);
  const [{ built, provider, writeUnits, priceUnits }] = plans;
  const plan = {
    dry_run: true,
    event_id: built.eventId,
    kind: built.kind,
    bytes: built.sizeBytes,
    provider,
    write_units: writeUnits,
    job_units: priceUnits,
    total_units: totalUnits(plans.slice(0, 1)),
  };
  const all = totalUnits(plans);
  const challenge = {
    chance,
    compare,
    judge,
    providers: plans.map(shareOf),
    total_units: all,
    most_units: mostUnits,
  };
  await output.document(
    "job-plan",
    { ...plan, challenge, input: files === null ? null : filesDocument(files) },
    () =>
      [
        ...(files === null ? [] : filesText(files, MAX_LISTED)),
        `Would post ${plan.bytes} bytes for ${text(plan.write_units)} and pay ${provider} ${
          text(plan.job_units)
        }: ${text(plan.total_units)} in total`,
        plans.length < 2
          ? "No second provider can be paid for it, so it would not be challenged"
          : `With a probability of ${chance} a second provider does it too, and a third one if they differ: then ${
            text(all)
          } for ${plans.length} providers, at most ${text(mostUnits)}`,
      ].join("\n"),
    [{ ...plan, files: files?.count ?? null, file_bytes: files?.totalBytes ?? null }],
  );
  return 0;
}

function shareOf({ provider, writeUnits, priceUnits }: PlannedJob) {
  return { provider, write_units: writeUnits, job_units: priceUnits };
}

/**
 * Prints which files of a folder would be sent, if the price could not be learned: no relay answers, or the home has no wallet. The exit
 * code is that of the error. An unexpected error is thrown again.
 */
export async function showFiles(
  { output, signal }: Invocation,
  files: PackedFiles,
  error: unknown,
): Promise<number> {
  const { code, message, suggestion, exitCode, stack } = describeFailure(error);
  if (stack !== undefined || signal.aborted) throw error;
  await output.document(
    "job-input",
    { dry_run: true, input: filesDocument(files), error: { code, message, suggestion } },
    () => filesText(files, MAX_LISTED).join("\n"),
    [{ dry_run: true, files: files.count, file_bytes: files.totalBytes, error: code }],
  );
  await output.warn(printable(`the price could not be found: ${message}; ${suggestion}`));
  return exitCode;
}
