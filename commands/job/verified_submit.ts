/**
 * `crosstown job submit --verify 2of3`: the job goes to several providers as private jobs, so that none of them sees the answers of the
 * others, and counts when enough answers are equal. All its jobs are made in one commit, each with an equal part of the bid.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { JobFlags } from "../../market/intake.ts";
import { claimOf } from "../../market/job_key.ts";
import { rowsOf } from "../../market/job_rows.ts";
import type { PlannedJob } from "../../market/plan_job.ts";
import { planVerification, totalUnits } from "../../market/plan_verification.ts";
import { parseVerifyRule, type VerifyRule } from "../../market/verify_rule.ts";
import type { PackedFiles } from "../../market/packing/folder_archive.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import type { JobRow } from "../../store/job_row.ts";
import { AutoDepositWatch, checkBalance } from "../../shell/auto_deposits.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, unlessInterrupted, UsageError } from "../../shell/errors.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { limitsOf } from "../../shell/home/serve_home.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { showVerification } from "./dry_run.ts";
import { jobFacts } from "./job_facts.ts";
import { planWith } from "./job_making.ts";
import { openMarket, showJob } from "./job_market.ts";
import { EarlierJob, JobOnce } from "./job_once.ts";
import { jobGoesOn, tellProgress } from "./job_progress.ts";
import { privately } from "./private_job.ts";
import { verificationState } from "../../market/verification_state.ts";
import { shownRow, untilVerified, verificationDocument } from "./verified_job.ts";

/** The rule of `--verify`; null where it is not given. Throws InputError, UsageError where it does not go with another option. */
export function verifyRule({ options }: Invocation): VerifyRule | null {
  const text = options.text("verify");
  if (text === undefined) return null;
  const rule = parseVerifyRule(text);
  if (options.text("provider") !== undefined) {
    throw new UsageError("--verify asks several providers", "leave --provider out");
  }
  if (["on-delivery", "metered"].includes(options.text("payment") ?? "")) {
    throw new UsageError("a job of --verify is private and paid upfront", "leave --payment out");
  }
  if (options.text("callback") !== undefined) {
    throw new UsageError(
      "--callback would be given answers that do not count",
      "wait with --wait, or run 'crosstown job wait' before the skill",
    );
  }
  return rule;
}

/** Buys the job of several providers; with `--wait` gives the answer that counts. Exit 1 where too few answers are equal. */
export async function submitVerified(
  invocation: Invocation,
  config: Config,
  flags: JobFlags & { readonly callbackSkill: string | null },
  files: PackedFiles | null,
  rule: VerifyRule,
): Promise<number> {
  const { output, options, globals, io, signal } = invocation;
  const once = new JobOnce(invocation, config, {
    ...flags,
    verify: `${rule.needed}of${rule.count}`,
  });
  const deposits = new AutoDepositWatch(config, output);
  await noteNetwork(output, config);
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    sameNetwork: true,
    sameRelay: true,
    sends: !globals.dryRun,
  });
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const partUnits = flags.bidUnits === null ? null : flags.bidUnits / BigInt(rule.count);
    const wanted = privately({ ...flags, bidUnits: partUnits }, true, home.about);
    let onBuilt = globals.dryRun ? undefined : once.onBuilt((ask) => home.read(ask));
    const planned = planVerification(
      rule,
      (exclude) => {
        const plan = planWith(home, market, config, wanted, onBuilt, {}, exclude);
        // The same command is looked for once.
        onBuilt = undefined;
        return plan;
      },
      limitsOf(home.about, config.profile.asset),
      { given: partUnits !== null },
    );
    let leadId: string;
    let existing = false;
    try {
      const plans = await unlessAborted(signal, planned);
      await home.read(async (store) => {
        await checkBalance(config, store, totalUnits(plans), io.clock());
        await deposits.look(store, io.clock());
      });
      if (globals.dryRun) return await showVerification(invocation, plans, rule, files, config);
      leadId = await makeVerification(home, config, plans, wanted, rule, once, io.clock);
    } catch (error) {
      if (!(error instanceof EarlierJob)) throw error;
      leadId = error.row.jobId;
      existing = true;
      await output.note(`${leadId}: the same command made this job, --again makes a new one`);
    }
    const tell = tellProgress(invocation);
    const call = home.call<JobRow>(tell);
    const jobIds = (await home.read((store) => store.verificationOf(leadId)))
      .map(({ jobId }) => jobId);
    const wait = options.on("wait");
    await unlessInterrupted(signal, jobGoesOn(leadId), async () => {
      if (wait) return await untilVerified(home, market, leadId, call);
      await home.untilJobs({ jobIds, wanted: "sent", count: jobIds.length, forMs: null }, call);
    });
    const state = (await home.read((store) => verificationState(store, market, leadId)))!;
    const row = shownRow(state, state.rows[0]);
    const facts = await home.read((store) => jobFacts(store, row));
    return await showJob(
      invocation,
      market,
      row,
      wait,
      { ...facts, existing, verification: verificationDocument(state) },
      config,
    );
  } finally {
    await supervisor.stop(0);
  }
}

/** Makes all jobs in one commit; gives the id of the first. Throws EarlierJob where the same command made them at the same moment. */
async function makeVerification(
  home: HomeClient,
  { profile }: Config,
  plans: readonly PlannedJob[],
  flags: JobFlags & { readonly callbackSkill: string | null },
  { needed }: VerifyRule,
  once: JobOnce,
  clock: () => number,
): Promise<string> {
  const buyer = home.about.pubkey as Pubkey;
  const nowMs = clock();
  const jobs = await Promise.all(plans.map(async (plan, at) => {
    const jobId = await home.read((store) => store.freeJobId(plan.built.eventId));
    const { row, outbox, failover, quote } = rowsOf(profile, buyer, jobId, plan, flags, nowMs);
    const claim = at === 0 && once.key !== null ? claimOf(row, once.key) : null;
    return { row, outbox, claim, failover, quote };
  }));
  try {
    await home.submitVerification({ jobs, needed });
  } catch (error) {
    if (codeOf(error) !== "conflict") throw error;
    const earlier = await home.read((store) => once.earlier(store));
    if (earlier !== null) throw new EarlierJob(earlier);
    throw new CommandError(
      "busy",
      "another job was made of the same request in this second",
      "give the command again",
    );
  }
  return jobs[0].row.jobId;
}
