/**
 * `crosstown job submit --verify 2of3`, and `--challenge` if the job is challenged: the job goes to several providers as private jobs, so
 * that none of them sees the answers of the others. An answer counts if enough answers are equal. One commit makes all jobs, each with an
 * equal part of the bid.
 *
 * @module
 */
import { inFreeSecond, SameSecond } from "./same_second.ts";
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { JobFlags } from "../../market/intake.ts";
import { CHALLENGE_KEY, CHALLENGE_PARTS } from "../../market/challenge.ts";
import { claimOf } from "../../market/job_key.ts";
import type { Market } from "../../market/market_service.ts";
import { rowsOf } from "../../market/job_rows.ts";
import type { PlannedJob, PlanNext } from "../../market/plan_job.ts";
import { STRANGERS } from "../../protocols/failure_codes.ts";
import { planVerification, totalUnits } from "../../market/plan_verification.ts";
import type { VerifyRule } from "../../market/verify_rule.ts";
import type { PackedFiles } from "../../market/packing/folder_archive.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Comparator } from "../../store/verification_row.ts";
import { AutoDepositWatch, checkBalance } from "../../shell/auto_deposits.ts";
import type { Invocation } from "../../shell/command.ts";
import { unlessInterrupted } from "../../shell/errors.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { limitsOf } from "../../shell/home/home_about.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { showChallenge, showVerification } from "./dry_run.ts";
import { jobFacts } from "./job_facts.ts";
import { secureRandom } from "./challenge_option.ts";
import { plannerWith } from "./job_making.ts";
import { showJob } from "./job_market.ts";
import { marketOf, OwnMarket, startIfCompared } from "./open_market.ts";
import type { BlobReference } from "../../blobs/blob_reference.ts";
import { textOfBlob } from "./job_blob.ts";
import { EarlierJob, JobOnce } from "./job_once.ts";
import { jobGoesOn, tellProgress, warnMetered } from "./job_progress.ts";
import { privately } from "./private_job.ts";
import { verificationState } from "../../market/verification_state.ts";
import { shownRow, verificationDocument, warnContradicted } from "./verified_job.ts";
import { untilDecided } from "./third_job.ts";

/** How the answers are compared. */
interface Comparison extends VerifyRule {
  /** The probability of the challenge. Null with `--verify`. */
  readonly chance: number | null;
  /** How the answers are compared. */
  readonly compare: Comparator;
  /** The skill that judges; null for every other comparison. */
  readonly judge: string | null;
}

/** Identifies the same comparison when the same command is given again; a challenge is the same whatever its probability. */
export function verifyKey({ needed, count, chance, compare, judge }: Comparison): string {
  const rule = chance === null ? `${needed}of${count}` : CHALLENGE_KEY;
  return compare === "kind" ? rule : `${rule} ${compare}${judge === null ? "" : `:${judge}`}`;
}

/**
 * Buys the job from several providers. With `--wait`, prints the answer that counts. Returns the exit code: 1 if too few answers are equal.
 * Returns null if the job must be done once: the challenge cannot be paid twice, or the same command made this job without a challenge.
 */
export async function submitVerified(
  invocation: Invocation,
  config: Config,
  flags: JobFlags & { readonly callbackSkill: string | null },
  files: PackedFiles | null,
  rule: Comparison,
): Promise<number | null> {
  const { output, globals, io, signal } = invocation;
  const { count, chance } = rule;
  const isChallenge = chance !== null;
  const parts = isChallenge ? CHALLENGE_PARTS : count;
  const once = new JobOnce(invocation, config, { ...flags, verify: verifyKey(rule) });
  const deposits = new AutoDepositWatch(config, output);
  await noteNetwork(output, config);
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    sameNetwork: true,
    sameRelay: true,
    sends: !globals.dryRun,
  });
  await using own = new OwnMarket();
  const market = marketOf(home, own);
  startIfCompared(home, market);
  const partUnits = flags.bidUnits === null ? null : flags.bidUnits / BigInt(parts);
  const wanted = privately({ ...flags, bidUnits: partUnits }, true, home.about);
  const limits = limitsOf(home.about, config.profile.asset);
  const onBuilt = globals.dryRun ? undefined : once.onBuilt((ask) => home.read(ask));
  const attempt = async () => {
    let planner: Promise<PlanNext> | undefined;
    const planned = planVerification(
      // A dry run of a challenge also shows the third provider.
      isChallenge && globals.dryRun ? { count: parts } : { count },
      async (taken) => {
        const next = await (planner ??= plannerWith(home, market, config, wanted, onBuilt));
        // Nobody can arrange to be both providers of a challenged job.
        return await next(taken, isChallenge && taken.length > 0 ? secureRandom : undefined);
      },
      limits,
      { given: partUnits !== null, parts, ...isChallenge && { least: 1 } },
    );
    try {
      const plans = await unlessAborted(signal, planned);
      if (globals.dryRun) {
        const mostUnits = partUnits === null ? limits.jobUnits : partUnits * BigInt(parts);
        const first = isChallenge ? plans.slice(0, 1) : plans;
        await home.read((store) => checkBalance(config, store, totalUnits(first), io.clock()));
        return isChallenge
          ? await showChallenge(invocation, plans, { ...rule, chance, mostUnits }, files, config)
          : await showVerification(invocation, plans, rule, files, config);
      }
      if (isChallenge && plans.length < count) {
        await output.note("this job is not challenged: no second provider can be paid for it");
        return null;
      }
      await home.read(async (store) => {
        await checkBalance(config, store, totalUnits(plans), io.clock());
        await deposits.look(store, io.clock());
      });
      const leadId = await makeVerification(home, config, plans, wanted, rule, once, io.clock);
      return { leadId, existing: false };
    } catch (error) {
      if (isChallenge && codeOf(error) === "insufficient_balance") {
        await output.note("this job is not challenged: the channel does not cover it twice");
        return null;
      }
      if (isChallenge && codeOf(error) === STRANGERS) {
        await output.note("this job is not challenged: no stranger can be paid upfront for it");
        return null;
      }
      if (!(error instanceof EarlierJob)) throw error;
      const leadId = error.row.jobId;
      const members = await home.read((store) => store.verificationOf(leadId));
      // The same command made this job without a challenge.
      if (members.length === 0) return null;
      await output.note(`${leadId}: the same command made this job, --again makes a new one`);
      return { leadId, existing: true };
    }
  };
  const made = await inFreeSecond(io.clock, signal, attempt);
  if (made === null || typeof made === "number") return made;
  return await followVerified(invocation, config, home, market, made.leadId, made.existing);
}

/** Sends the jobs of a verification and prints it. With `--wait`, waits until it is decided. */
export async function followVerified(
  invocation: Invocation,
  config: Config,
  home: HomeClient,
  market: Market,
  leadId: string,
  existing: boolean,
): Promise<number> {
  const { options, signal } = invocation;
  const call = home.call<JobRow>(tellProgress(invocation, home));
  const jobIds = (await home.read((store) => store.verificationOf(leadId)))
    .map(({ jobId }) => jobId);
  const wait = options.on("wait");
  // The worker that reads the answers starts while the jobs run.
  if (wait) market.ready().catch(() => undefined);
  await unlessInterrupted(signal, jobGoesOn(leadId), async () => {
    if (wait) return await untilDecided(invocation, config, home, market, leadId, call);
    const wanted = { jobIds, wanted: "sent", count: jobIds.length, forMs: null } as const;
    const [lead] = await home.untilJobs(wanted, call);
    await warnMetered(invocation, home, lead);
  });
  const state = (await home.read((store) => verificationState(store, market, leadId)))!;
  if (wait) await warnContradicted(invocation, state);
  const row = shownRow(state, state.rows[0]);
  const facts = await home.read((store) => jobFacts(store, row));
  const more = { ...facts, existing, verification: verificationDocument(state) };
  const fetched = wait
    ? (blob: BlobReference) => textOfBlob(home, market, row, blob, invocation.io.clock)
    : null;
  return await showJob(invocation, market, row, wait, more, config, null, fetched);
}

/** Makes all jobs in one commit and returns the id of the first. Throws EarlierJob if the same command made them at the same moment. */
async function makeVerification(
  home: HomeClient,
  { profile }: Config,
  plans: readonly PlannedJob[],
  flags: JobFlags & { readonly callbackSkill: string | null },
  { needed, chance, compare, judge }: Comparison,
  once: JobOnce,
  clock: () => number,
): Promise<string> {
  const buyer = home.about.pubkey as Pubkey;
  const nowMs = clock();
  const jobs = await Promise.all(plans.map(async (plan, at) => {
    const jobId = await home.read((store) => store.freeJobId(plan.built.eventId));
    const rows = rowsOf(profile, buyer, jobId, plan, flags, nowMs);
    return { ...rows, claim: at === 0 && once.key !== null ? claimOf(rows.row, once.key) : null };
  }));
  try {
    await home.submitVerification({ jobs, needed, challenge: chance !== null, compare, judge });
  } catch (error) {
    if (codeOf(error) !== "conflict") throw error;
    const earlier = await home.read((store) => once.earlier(store));
    if (earlier !== null) throw new EarlierJob(earlier);
    throw new SameSecond();
  }
  return jobs[0].row.jobId;
}
