/**
 * `crosstown job chain status|wait|list|cancel`.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import {
  JOB_CHAIN_STATUSES,
  type JobChainState,
  type JobChainStatus,
} from "../../store/job_chain_row.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../shell/command.ts";
import { CommandError, unlessInterrupted, UsageError } from "../shell/errors.ts";
import { printChain } from "./job_chain_print.ts";
import { chainGoesOn, stepNotes } from "./job_chain_run.ts";
import { configOf } from "../home/load_config.ts";
import { networkNamed, noteNetwork } from "../home/money_banner.ts";
import { alignedText, printable } from "../shell/output.ts";
import { hasStore, readStore } from "../home/read_store.ts";
import { type HomeClient, openHomeClient } from "../home/home_client.ts";

/** Shows a chain, after going on with it where nobody else does. */
export async function chainShow(invocation: Invocation, what: "status" | "wait"): Promise<number> {
  const config = await configOf(invocation);
  let state = await find(config, invocation.args.required("id"));
  await noteNetwork(invocation.output, config, [state.chain.network]);
  if (state.chain.status === "running") {
    state = await goOn(invocation, config, state, what === "wait" ? "ended" : "sent");
  }
  const code = await printChain(invocation, config, state, { waited: what === "wait" });
  return what === "status" ? 0 : code;
}

async function goOn(
  invocation: Invocation,
  config: Config,
  state: JobChainState,
  wanted: "sent" | "ended",
): Promise<JobChainState> {
  const { chain: { chainId, network } } = state;
  if (network !== config.profile.name) {
    if (wanted === "sent") return state;
    throw new CommandError(
      "other_network",
      `chain ${chainId} is bought on ${network}, not on ${config.profile.name}`,
      `run it with --network ${network}`,
    );
  }
  let home: HomeClient;
  try {
    home = await openHomeClient(invocation, config, { buys: true, sends: true });
  } catch (error) {
    // What is here is shown as it is.
    const later = ["no_wallet", "no_passphrase", "locked"];
    if (wanted === "ended" || !later.includes(codeOf(error) ?? "")) {
      throw error;
    }
    await invocation.output.warn(`not brought up to date: ${messageOf(error)}`);
    return state;
  }
  await using _ = home;
  const call = home.call(stepNotes(invocation.output));
  return await unlessInterrupted(
    invocation.signal,
    chainGoesOn(chainId),
    () =>
      wanted === "ended"
        ? home.untilChain({ chainId, wanted }, call)
        : home.tendChain({ chainId }, call),
  );
}

/** Lists chains. */
export async function chainList(invocation: Invocation): Promise<number> {
  const { options, output } = invocation;
  const config = await configOf(invocation);
  const limit = options.integer("limit", { min: 1, max: 10_000 });
  const status = options.list("status").map(statusOf);
  if (!await hasStore(config)) {
    await output.document({ chains: [] }, "No chains yet", []);
    return 0;
  }
  await using store = await readStore(config);
  const heads = await store.listJobChains({ ...(status.length === 0 ? {} : { status }), limit });
  await noteNetwork(output, config, heads.map(({ network }) => network));
  const rows = heads.map((head) => ({
    chain_id: head.chainId,
    name: head.name,
    status: head.status,
    network: head.network,
    steps: head.steps,
    steps_ended: head.stepsEnded,
    budget_units: head.budgetUnits,
    paid_units: head.paidUnits,
    created_at: new Date(head.createdAtMs).toISOString(),
    error: head.errorCode,
  }));
  await output.document({ chains: rows }, () =>
    rows.length === 0 ? "No chains" : alignedText([
      ["CHAIN", "STATUS", "STEPS", "NETWORK", "PAID", "CREATED", "NAME"],
      ...rows.map((row) => [
        row.chain_id,
        row.status,
        `${row.steps_ended}/${row.steps}`,
        row.network,
        formatUnits(row.paid_units, networkNamed(config, row.network).asset),
        row.created_at,
        printable(row.name ?? ""),
      ]),
    ]), rows);
  return 0;
}

/** Gives a chain up. Exit 1 when it has ended already. */
export async function chainCancel(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  const { chain: { chainId, network } } = await find(config, invocation.args.required("id"));
  await noteNetwork(invocation.output, config, [network]);
  await using home = await openHomeClient(invocation, config, { opens: "store" });
  if (!await home.cancelChain({ chainId, atMs: invocation.io.clock() })) {
    const { chain } = await find(config, chainId);
    throw new CommandError(
      "chain_over",
      `chain ${chainId} has ended: ${chain.status}`,
      `nothing is left to give up; 'crosstown job chain status ${chainId}' shows what came of it`,
    );
  }
  const state = await find(config, chainId);
  await printChain(invocation, config, state, { waited: false });
  return 0;
}

async function find(config: Config, id: string): Promise<JobChainState> {
  if (await hasStore(config)) {
    await using store = await readStore(config);
    const state = await store.jobChain(id).catch((error: Error & { code?: unknown }) => {
      if (error.code !== "ambiguous") throw error;
      throw new CommandError(
        "ambiguous",
        error.message,
        "give more digits of the id; 'crosstown job chain list' shows them",
      );
    });
    if (state !== null) return state;
  }
  throw new CommandError(
    "not_found",
    `there is no chain ${id} in this home`,
    "see 'crosstown job chain list'",
  );
}

function statusOf(text: string): JobChainStatus {
  const found = JOB_CHAIN_STATUSES.find((each) => each === text);
  if (found === undefined) {
    throw new UsageError(`there is no status ${text}`, `one of ${JOB_CHAIN_STATUSES.join(", ")}`);
  }
  return found;
}
