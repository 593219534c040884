/**
 * `crosstown job chain run`.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { newChain } from "../../market/sequences/chain_row.ts";
import { handedChain } from "../../market/sequences/handed_chain.ts";
import type { JobChainState } from "../../store/job_chain_row.ts";
import type { Change, Store } from "../../store/store.ts";
import { noteNetwork } from "../home/money_banner.ts";
import type { Invocation } from "../shell/command.ts";
import { printChain, showPlan } from "./job_chain_print.ts";
import { bringChain } from "./job_chain_progress.ts";
import { readChain } from "./job_chain_read.ts";
import { checkSameNetwork } from "../home/same_network.ts";
import { configOf } from "../home/load_config.ts";
import type { Output } from "../shell/output.ts";
import { readStore } from "../home/read_store.ts";
import { endTurn, serveTurn, takeBuyersTurn, type Turn } from "../home/turn.ts";

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
  const first = await takeBuyersTurn(invocation, config, null);
  const { turn, chainId, existing } = await submitChainToHome(invocation, config, first, change);
  try {
    await output.note(
      `${chainId}: ${existing ? "there already, --again makes a new one" : "created"}`,
    );
    const waited = options.on("wait");
    const state = await bringChain(
      invocation,
      config,
      turn,
      chainId,
      waited ? "ended" : "sent",
      stepNotes(output),
    );
    return await printChain(invocation, config, state, { waited, existing });
  } finally {
    await endTurn(turn);
  }
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

/** Makes the chain durable with whoever works on the home, or finds the one that is there; whose turn it is by then. */
async function submitChainToHome(
  invocation: Invocation,
  config: Config,
  first: Turn,
  change: Extract<Change, { op: "putJobChain" }>,
): Promise<{ readonly turn: Turn; readonly chainId: string; readonly existing: boolean }> {
  const { chainId, key, createdAtMs } = change.row;
  const sinceMs = Math.max(0, createdAtMs - config.get("jobs.repeat_window_s") * 1_000);
  let turn = first;
  for (let tries = 0;; tries++) {
    try {
      if (turn.whose === "theirs") checkSameNetwork(turn.about, config);
      const same = await withStore(turn, config, (store) => store.jobChainByKey(key, sinceMs));
      if (same !== null) return { turn, chainId: same, existing: same !== chainId };
      if (turn.whose === "ours") {
        void serveTurn(turn.home);
        await turn.home.store.commit([change]);
      } else await turn.client.call("chain", handedChain(change));
      return { turn, chainId, existing: false };
    } catch (error) {
      const code = codeOf(error);
      const again = code === "conflict" || code === "closed" && turn.whose === "theirs";
      if (!again || tries >= MAX_TRIES) {
        await endTurn(turn);
        throw error;
      }
      if (code === "conflict") continue;
      await endTurn(turn);
      turn = await takeBuyersTurn(invocation, config, null);
    }
  }
}

async function withStore<Answer>(
  turn: Turn,
  config: Config,
  ask: (store: Pick<Store, "jobChainByKey">) => Promise<Answer>,
): Promise<Answer> {
  if (turn.whose === "ours") return await ask(turn.home.store);
  await using store = await readStore(config);
  return await ask(store);
}
