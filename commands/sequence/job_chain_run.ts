/**
 * `crosstown job chain run`.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { NewChain } from "../../home/client/home_api.ts";
import { newChain } from "../../market/sequences/chain_row.ts";
import type { JobChainState } from "../../store/job_chain_row.ts";
import { noteNetwork } from "../home/money_banner.ts";
import type { Invocation } from "../shell/command.ts";
import { unlessInterrupted } from "../shell/errors.ts";
import { printChain, showPlan } from "./job_chain_print.ts";
import { readChain } from "./job_chain_read.ts";
import { configOf } from "../home/load_config.ts";
import type { Output } from "../shell/output.ts";
import { type HomeClient, openHomeClient } from "../home/home_client.ts";

const MAX_TRIES = 16;

/** Runs a chain; with `--wait` to its end. Exit 1 when it did not succeed. */
export async function chainRun(invocation: Invocation): Promise<number> {
  const { globals, options, output, io } = invocation;
  const config = await configOf(invocation);
  const read = await readChain(invocation, config);
  await noteNetwork(output, config);
  if (globals.dryRun) return await showPlan(output, read, config.profile.asset);
  const again = options.on("again") || config.get("jobs.repeat_window_s") === 0;
  const change = newChain(read.document, {
    network: config.profile.name,
    budgetUnits: read.budgetUnits,
    nowMs: io.clock(),
    salt: again ? crypto.randomUUID() : "",
    unique: crypto.randomUUID(),
  });
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    sends: true,
    sameNetwork: true,
    sameRelay: true,
  });
  const { chainId, existing } = await makeChain(home, config, change);
  await output.note(
    `${chainId}: ${existing ? "there already, --again makes a new one" : "created"}`,
  );
  const waited = options.on("wait");
  const asked = { chainId, wanted: waited ? "ended" : "sent" } as const;
  const state = await unlessInterrupted(
    invocation.signal,
    chainGoesOn(chainId),
    () => home.untilChain(asked, home.call(stepNotes(output))),
  );
  return await printChain(invocation, config, state, { waited, existing });
}

/** What a user is told whose command ends before its chain. */
export function chainGoesOn(
  chainId: string,
): { readonly goesOn: string; readonly suggestion: string } {
  return {
    goesOn: `chain ${chainId} and the jobs that it has bought go on`,
    suggestion:
      `'crosstown job chain wait ${chainId}' goes on with it, 'crosstown job chain cancel ${chainId}' gives it up`,
  };
}

/** Tells each change of a step once. */
export function stepNotes(output: Output): (state: JobChainState) => void {
  const told = new Map<string, string>();
  return ({ steps, attempts }) => {
    for (const { name, status } of steps) {
      const last = attempts.findLast(({ step }) => step === name);
      const now = `${status}${last === undefined ? "" : ` (${last.jobId})`}`;
      if (status === "pending" || told.get(name) === now) continue;
      told.set(name, now);
      void output.note(`${name}: ${now}`);
    }
  };
}

/** Makes the chain, or finds the one that is there. */
async function makeChain(
  home: HomeClient,
  config: Config,
  change: NewChain,
): Promise<{ readonly chainId: string; readonly existing: boolean }> {
  const { chainId, key, createdAtMs } = change.row;
  const sinceMs = Math.max(0, createdAtMs - config.get("jobs.repeat_window_s") * 1_000);
  for (let tries = 0;; tries++) {
    const same = await home.read((store) => store.jobChainByKey(key, sinceMs));
    if (same !== null) return { chainId: same, existing: same !== chainId };
    try {
      await home.submitChain(change);
      return { chainId, existing: false };
    } catch (error) {
      if (codeOf(error) !== "conflict" || tries >= MAX_TRIES) throw error;
    }
  }
}
