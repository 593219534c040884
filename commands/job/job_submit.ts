/**
 * `crosstown job submit`.
 *
 * @module
 */
import { planJob } from "../../home/job_flow.ts";
import { requestLimit } from "../../home/job_chains.ts";
import { startOutbound } from "../../home/outbound.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { kindOfType } from "../../protocols/nostr/kinds.ts";
import type { Config } from "../../config/config.ts";
import type { JobFlags } from "../../market/intake.ts";
import type { PackedFiles } from "../../market/packing/folder_archive.ts";
import type { JobRow } from "../../store/job_row.ts";
import { AutoDepositWatch, checkBalance } from "../shell/auto_deposits.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { checkCallback } from "./buyer_skills.ts";
import { parseAmount } from "../shell/amount.ts";
import { noteNetwork } from "../home/money_banner.ts";
import type { Invocation } from "../shell/command.ts";
import { CommandError, unlessInterrupted, UsageError } from "../shell/errors.ts";
import { planForOther, storeOf, type SubmittedJob, submitToHome } from "./job_handover.ts";
import { showFiles, showPlan } from "./dry_run.ts";
import { filesText, inputPath, packPaths } from "./job_input.ts";
import { openMarket, showJob } from "./job_market.ts";
import { jobFacts } from "./job_facts.ts";
import { EarlierJob, JobOnce } from "./job_once.ts";
import { bringJob, isThere, jobGoesOn, tellProgress } from "./job_progress.ts";
import { dryRunState } from "../home/dry_run_state.ts";
import { configOf } from "../home/load_config.ts";
import { readAll } from "../shell/read_all.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { endTurn, serveTurn, takeBuyersTurn } from "../home/turn.ts";

/** Posts a job; with `--wait` gives its result. Exit 1 when the job failed or was refused. */
export async function jobSubmit(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  checkCommand(invocation);
  // By the home's own paths: what lies there is not packed.
  const { files, ...flags } = await jobFlags(invocation, config);
  try {
    await using state = await dryRunState(config, invocation.globals);
    return await submitJob(invocation, state.config, flags, files);
  } catch (error) {
    if (!invocation.globals.dryRun || files === null) throw error;
    return await showFiles(invocation, files, error);
  }
}

async function submitJob(
  invocation: Invocation,
  config: Config,
  asked: JobFlags,
  files: PackedFiles | null,
): Promise<number> {
  const { output, options, globals, io } = invocation;
  const flags = { ...asked, callbackSkill: options.text("callback") ?? null };
  if (flags.callbackSkill !== null) await checkCallback(config, flags.callbackSkill);
  const once = new JobOnce(invocation, config, flags);
  const deposits = new AutoDepositWatch(config, output);
  await noteNetwork(output, config);
  if (files !== null && io.stderr.isTerminal && !globals.dryRun) {
    for (const line of filesText(files, MAX_NAMED)) await output.note(line);
  }
  const perByte = config.profile.relay?.priceUnitsPerByte ?? 0n;
  if (perByte > config.get("limits.warn_units_per_byte")) {
    await output.warn(`this relay takes ${formatUnits(perByte, config.profile.asset)} a byte`);
  }
  let turn = await takeBuyersTurn(invocation, config, flags.callbackSkill);
  // From now on, so that many commands at once hand their jobs over instead of waiting for the lock.
  if (turn.whose === "ours") void serveTurn(turn.home);
  const own = turn.whose === "ours" ? null : createSupervisor({ log: () => undefined });
  // What sends loads while the market is asked.
  const outbound = turn.whose === "ours" && !globals.dryRun
    ? startOutbound(turn.home, { follow: true })
    : null;
  outbound?.catch(() => undefined);
  try {
    const supervisor = turn.whose === "ours" ? turn.home.supervisor : own!;
    const market = await openMarket({ supervisor });
    const mine = turn;
    const onBuilt = globals.dryRun ? undefined : once.onBuilt((ask) => storeOf(mine, config, ask));
    let submitted: SubmittedJob;
    try {
      const planned = await unlessAborted(
        invocation.signal,
        turn.whose === "ours"
          ? planJob(turn.home, market, flags, onBuilt)
          : planForOther(invocation, turn, supervisor, market, config, flags, onBuilt),
      );
      await storeOf(turn, config, async (store) => {
        await checkBalance(config, store, planned.writeUnits + planned.priceUnits, io.clock());
        await deposits.look(store, io.clock());
      });
      if (planned.note !== undefined) await output.note(planned.note);
      if (globals.dryRun) return await showPlan(invocation, planned, files, config.profile.asset);
      submitted = await submitToHome(invocation, config, turn, planned, flags, once);
    } catch (error) {
      if (!(error instanceof EarlierJob)) throw error;
      submitted = { turn, row: error.row, existing: true };
    }
    turn = submitted.turn;
    const { row, existing } = submitted;
    if (existing) await output.note(`${row.jobId}: ${alreadyThere(row, invocation)}`);
    const wait = options.on("wait");
    const look = () => storeOf(turn, config, (store) => deposits.look(store, io.clock()));
    let looking = Promise.resolve();
    const tell = tellProgress(invocation);
    const onRow = (changed: JobRow) => {
      tell(changed);
      looking = looking.then(look).catch(() => undefined);
    };
    tell(row);
    const wanted = wait ? "ended" : "sent";
    if (existing && isThere(row, wanted)) {
      await outbound?.then((each) => each.abort()).catch(() => undefined);
      return await showJob(invocation, market, row, wait, {
        ...await storeOf(turn, config, (store) => jobFacts(store, row)),
        existing,
      }, config);
    }
    const there = await unlessInterrupted(
      invocation.signal,
      jobGoesOn(row.jobId),
      () => bringJob(invocation, config, turn, row.jobId, wanted, onRow, outbound),
    );
    await looking;
    await look().catch(() => undefined);
    return await showJob(invocation, market, there, wait, {
      ...await storeOf(turn, config, (store) => jobFacts(store, there)),
      existing,
    }, config);
  } catch (error) {
    await outbound?.then((each) => each.abort()).catch(() => undefined);
    throw error;
  } finally {
    await endTurn(turn);
    await own?.stop(0);
  }
}

/** What is said of a job that the same command made before. */
function alreadyThere({ status, createdAtMs }: JobRow, { io }: Invocation): string {
  const agoS = Math.max(0, Math.round((io.clock() - createdAtMs) / 1_000));
  return `${status}; the same command made this job ${agoS} s ago, --again makes a new one`;
}

/** As many files are named on a terminal. */
const MAX_NAMED = 20;

/** The job that the flags describe, its input packed, and what of a folder is sent. Throws InputError. */
export async function jobFlags(
  invocation: Invocation,
  config: Config,
): Promise<JobFlags & { readonly files: PackedFiles | null }> {
  const { args, options, io } = invocation;
  const input = options.text("input") ?? null;
  const { profile } = config;
  // A request that nobody is paid for travels as an event alone.
  const limitBytes = requestLimit(profile.connectorBtp, {
    eventBytes: config.get("limits.event_bytes"),
    prepareDataBytes: config.get("limits.prepare_data_bytes"),
  });
  const path = input === null ? null : inputPath(input, io.cwd());
  const includeIgnored = options.on("includeIgnored");
  const place = path === null ? undefined : (await packPaths(invocation, config, [path], {
    includeIgnored,
    limitBytes,
  })).get(path);
  return {
    type: args.required("type"),
    kind: options.integer("kind", { min: 5000, max: 5999 }),
    input: place === undefined ? input : null,
    ...(place === undefined ? {} : { packed: place.packed }),
    files: place?.files ?? null,
    ...(input === "-" ? { stdin: await readAll(io.stdin) } : {}),
    params: options.list("param").map(paramOf),
    platform: options.text("platform") ?? null,
    tags: options.list("tag"),
    bidUnits: bidOf(options.text("bid"), profile.asset),
    provider: await providerOf(options.text("provider")),
    relays: [profile.relayUrl],
    timeoutS: options.integer("timeout", { min: 1, max: 86_400 }) ?? config.get("jobs.timeout_s"),
    limitBytes,
  };
}

/** A `ci-run` without a command would be paid for and then fail. */
function checkCommand({ args, options }: Invocation): void {
  const kind = options.text("kind") ?? kindOfType(args.required("type"));
  const named = options.list("param").some((text) => text.startsWith("command="));
  if (Number(kind) !== CI_RUN_KIND || named) return;
  throw new UsageError(
    "ci-run needs the command that is to be run",
    "add it, e.g. --param command='sh test.sh'",
  );
}

const CI_RUN_KIND = 5601;

/** A public key in hex; an `npub` is read where one is given. */
async function providerOf(text: string | undefined): Promise<string | null> {
  if (text === undefined) return null;
  if (!/^n(pub|profile)1/i.test(text)) return text;
  const { pubkeyOfName } = await import("../../protocols/nostr/npub.ts");
  const pubkey = pubkeyOfName(text);
  if (pubkey !== null) return pubkey;
  throw new UsageError(
    "--provider is no npub that can be read",
    "check it, or give the public key in 64 hex digits",
  );
}

function paramOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new UsageError(
      `--param must be name=value (got ${text})`,
      "e.g. --param command='make test'",
    );
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

function bidOf(text: string | undefined, asset: Asset): bigint | null {
  if (text === undefined) return null;
  const amount = parseAmount(text, asset);
  if (amount.rail === "m2m") return amount.units;
  throw new CommandError(
    "wrong_rail",
    `jobs are paid in ${asset.code} here; a bid in sat or msat cannot be met`,
    `bid in ${asset.code}, e.g. --bid 0.5`,
  );
}
