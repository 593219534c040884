/**
 * `crosstown job submit`. What only some options need is loaded when one of them is given.
 *
 * @module
 */
import { isThere } from "../../home/client/job_progress.ts";
import type { Config } from "../../config/config.ts";
import type { PackedFiles } from "../../market/packing/folder_archive.ts";
import type { JobRow } from "../../store/job_row.ts";
import { AutoDepositWatch } from "../../shell/auto_deposits.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { unlessInterrupted } from "../../shell/errors.ts";
import { withBases } from "./build_bases.ts";
import { jobFlags } from "./job_flags.ts";
import { filesText } from "./job_input.ts";
import { type LargeInput, largestInput, noteLarge, referredInput, textOfBlob } from "./job_blob.ts";
import { showJob } from "./job_market.ts";
import { marketOf, openMarket, OwnMarket, startIfCompared } from "./open_market.ts";
import { jobFacts } from "./job_facts.ts";
import { checkNeeds } from "./job_params.ts";
import { JobOnce } from "./job_once.ts";
import { planAndMake, type WantedJob } from "./plan_and_make.ts";
import { jobGoesOn, tellProgress, warnMetered } from "./job_progress.ts";
import { UnpostedNote } from "./unposted_note.ts";
import { dryRunState } from "../../shell/home/dry_run_state.ts";
import { codeOf, messageOf } from "../../base/thrown.ts";
import { CHALLENGE_PARTS, CHALLENGE_RULE, isChallenged } from "../../market/challenge.ts";
import { challengeChance, type Chance, secureRandom } from "./challenge_option.ts";
import { comparatorOf, type ComparedHow, verifyRule } from "./verify_option.ts";

/** Posts a job. With `--wait`, prints its result. Exit 1 if the job failed or was refused. */
export async function jobSubmit(invocation: Invocation, config: Config): Promise<number> {
  checkNeeds(invocation);
  const verify = verifyRule(invocation);
  const chance = challengeChance(invocation, config);
  const isPrivate = invocation.options.on("private");
  const how = comparatorOf(invocation, verify !== null || chance !== null);
  if (how.judge !== null) {
    const { checkJudge } = await import("./answer_judge.ts");
    await checkJudge(invocation, config, how.judge);
  }
  // Uses the real home's paths, not those of a dry run, so that the home's own files are never packed.
  const { files, ...given } = await jobFlags(
    invocation,
    config,
    // Inputs of compared jobs are not stored.
    verify !== null || chance?.isAsked
      ? 0
      : largestInput(config, invocation.args.required("type"), invocation.options.text("kind")),
  );
  const packed = await withBases(given);
  try {
    await using state = await dryRunState(config, invocation.globals);
    const input = packed.packed === undefined
      ? null
      : await referredInput(packed.packed, state.config, isPrivate, invocation.output);
    const asked = input === null ? packed : { ...packed, packed: input.packed };
    const flags = {
      ...asked,
      callbackSkill: invocation.options.text("callback") ?? null,
      isPrivate,
      inputHash: input?.inputHash ?? null,
    };
    if (verify !== null) {
      const rule = { ...verify, chance: null, ...how };
      const { submitVerified } = await import("./verified_submit.ts");
      const code = await submitVerified(invocation, state.config, flags, files, rule);
      if (code !== null) return code;
    }
    if (chance !== null && !input?.large) {
      return await submitChallenged(invocation, state.config, flags, files, chance, how);
    }
    return await submitJob(invocation, state.config, flags, files, input?.large ?? null);
  } catch (error) {
    if (!invocation.globals.dryRun || files === null) throw error;
    const { showFiles } = await import("./dry_run.ts");
    return await showFiles(invocation, files, error);
  }
}

/**
 * Buys the job from one provider or, if it is challenged, from two. In both cases the private request and the part of the bid are the same,
 * so that no provider can see whether the job is challenged. A job that cannot be done twice is done once.
 */
async function submitChallenged(
  invocation: Invocation,
  config: Config,
  flags: WantedJob,
  files: PackedFiles | null,
  { chance, isAsked }: Chance,
  how: ComparedHow,
): Promise<number> {
  const { submitVerified, verifyKey } = await import("./verified_submit.ts");
  const bidUnits = flags.bidUnits === null ? null : flags.bidUnits / BigInt(CHALLENGE_PARTS);
  const rule = { ...CHALLENGE_RULE, chance, ...how };
  try {
    if (invocation.globals.dryRun || isChallenged(chance, secureRandom)) {
      const code = await submitVerified(invocation, config, flags, files, rule);
      if (code !== null) return code;
    }
    const part = { ...flags, bidUnits, isPrivate: true, verify: verifyKey(rule) };
    return await submitJob(invocation, config, part, files, null);
  } catch (error) {
    if (isAsked || !NOT_PRIVATELY.includes(codeOf(error) ?? "")) throw error;
    await invocation.output.note(`jobs.challenge does not apply to this job: ${messageOf(error)}`);
    return await submitJob(invocation, config, flags, files, null);
  }
}

/** Errors of a private job with a part of the bid. The same job may succeed as an open job with the whole bid. */
const NOT_PRIVATELY: readonly string[] = [
  "too_large",
  "no_provider",
  "buyer_not_named",
  "bid_too_low",
];

/**
 * Buys the job that these flags describe, for any command that submits jobs. With `--wait`, prints its result. `again` makes a new job,
 * even if the same one was bought before.
 */
export async function submitJob(
  invocation: Invocation,
  config: Config,
  flags: WantedJob,
  files: PackedFiles | null,
  large: LargeInput | null,
): Promise<number> {
  const { output, options, globals, io } = invocation;
  if (flags.callbackSkill !== null) {
    const { checkCallback } = await import("../../shell/home/buyer_skills.ts");
    await checkCallback(config, flags.callbackSkill);
  }
  const once = new JobOnce(invocation, config, flags);
  const deposits = new AutoDepositWatch(config, output);
  await noteNetwork(output, config);
  if (files !== null && io.stderr.isTerminal && !globals.dryRun) {
    for (const line of filesText(files, MAX_NAMED)) await output.note(line);
  }
  if (large !== null) await noteLarge(invocation, config, large);
  const perByte = config.profile.relay?.priceUnitsPerByte ?? 0n;
  if (perByte > config.get("limits.warn_units_per_byte")) {
    await output.warn(`this relay takes ${formatUnits(perByte, config.profile.asset)} a byte`);
  }
  let beside: ReturnType<typeof openMarket> | undefined;
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    sameNetwork: true,
    sameRelay: true,
    sends: !globals.dryRun,
    meanwhile(supervisor) {
      beside = openMarket({ supervisor });
      beside.catch(() => undefined);
    },
    // A command that holds the home runs no callbacks for others: a job with one waits until this process can open the home.
    fits: ({ role }) => role !== "command" || flags.callbackSkill === null,
  });
  await using own = new OwnMarket();
  // A home that failed to open took its workers with it.
  const isHere = home.about.pid === Deno.pid;
  const market = isHere && beside !== undefined ? await beside : marketOf(home, own);
  // Also opens the store of another process while that process builds the request.
  startIfCompared(home, market);
  const made = await planAndMake(
    invocation,
    config,
    home,
    market,
    flags,
    files,
    large,
    once,
    deposits,
  );
  if (made === null) return 0;
  const { row, existing } = made;
  if (existing) await output.note(`${row.jobId}: ${alreadyThere(row, invocation)}`);
  if (existing && flags.verify !== undefined) {
    const members = await home.read((store) => store.verificationOf(row.jobId));
    if (members.length > 0) {
      const { followVerified } = await import("./verified_submit.ts");
      return await followVerified(invocation, config, home, market, row.jobId, existing);
    }
  }
  const wait = options.on("wait");
  // The worker that reads the result starts while the job runs.
  if (wait) market.ready().catch(() => undefined);
  const wanted = wait ? "ended" : "sent";
  const look = () => home.read((store) => deposits.look(store, io.clock()));
  let looking = Promise.resolve();
  const tell = tellProgress(invocation, home);
  tell(row);
  if (!wait) await warnMetered(invocation, home, row);
  const live = wait ? (await import("./live_log.ts")).liveLog(invocation, home, row.jobId) : null;
  live?.see(row);
  let there = row;
  using unposted = new UnpostedNote(invocation, row);
  if (!existing || !isThere(row, wanted)) {
    const call = home.call<JobRow>((changed) => {
      tell(changed);
      unposted.see(changed);
      live?.see(changed);
      looking = looking.then(look).catch(() => undefined);
    });
    there = await unlessInterrupted(
      invocation.signal,
      jobGoesOn(row.jobId),
      () => home.untilJob({ jobId: row.jobId, wanted, knownMs: row.updatedAtMs }, call),
    );
    await looking;
    await look().catch(() => undefined);
  }
  const facts = await home.read((store) => jobFacts(store, there));
  return await showJob(
    invocation,
    market,
    there,
    wait,
    { ...facts, existing },
    config,
    live,
    wait ? (blob) => textOfBlob(home, market, there, blob, io.clock) : null,
  );
}

/** The text about a job that the same command made before. */
function alreadyThere({ status, createdAtMs }: JobRow, { io }: Invocation): string {
  const agoS = Math.max(0, Math.round((io.clock() - createdAtMs) / 1_000));
  return `${status}; the same command made this job ${agoS} s ago, --again makes a new one`;
}

/** The most files that are named on a terminal. */
const MAX_NAMED = 20;
