/**
 * `crosstown job sequence run`.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { NewSequence } from "../../home/client/home_api.ts";
import { newSequence } from "../../market/sequences/sequence_row.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { unlessInterrupted } from "../../shell/errors.ts";
import { printSequence, showPlan } from "./sequence_print.ts";
import { readSequence } from "./sequence_read.ts";
import { configOf } from "../../shell/home/load_config.ts";
import type { Output } from "../../shell/output.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";

const MAX_TRIES = 16;

/** Runs a sequence, with `--wait` to its end. Exit 1 if it failed. */
export async function sequenceRun(invocation: Invocation): Promise<number> {
  const { globals, options, output, io } = invocation;
  const config = await configOf(invocation);
  const read = await readSequence(invocation, config);
  await noteNetwork(output, config);
  if (globals.dryRun) return await showPlan(output, read, config.profile.asset);
  const again = options.on("again") || config.get("jobs.repeat_window_s") === 0;
  const change = newSequence(read.document, {
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
  const { sequenceId, existing } = await makeSequence(home, config, change);
  await output.note(
    `${sequenceId}: ${existing ? "exists already, --again makes a new one" : "created"}`,
  );
  const waited = options.on("wait");
  const asked = { sequenceId, wanted: waited ? "ended" : "sent" } as const;
  const state = await unlessInterrupted(
    invocation.signal,
    sequenceGoesOn(sequenceId),
    () => home.untilSequence(asked, home.call(stepNotes(output))),
  );
  return await printSequence(invocation, config, state, { waited, existing });
}

/** What the user is told if the command ends before the sequence. */
export function sequenceGoesOn(
  sequenceId: string,
): { readonly goesOn: string; readonly suggestion: string } {
  return {
    goesOn: `sequence ${sequenceId} and its jobs continue`,
    suggestion:
      `'crosstown job sequence wait ${sequenceId}' continues it, 'crosstown job sequence cancel ${sequenceId}' cancels it`,
  };
}

/** Prints each change of a step once. */
export function stepNotes(output: Output): (state: SequenceState) => void {
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

/** Makes the sequence, or finds the existing one. */
async function makeSequence(
  home: HomeClient,
  config: Config,
  change: NewSequence,
): Promise<{ readonly sequenceId: string; readonly existing: boolean }> {
  const { sequenceId, key, createdAtMs } = change.row;
  const sinceMs = Math.max(0, createdAtMs - config.get("jobs.repeat_window_s") * 1_000);
  for (let tries = 0;; tries++) {
    const same = await home.read((store) => store.sequenceByKey(key, sinceMs));
    if (same !== null) return { sequenceId: same, existing: same !== sequenceId };
    try {
      await home.submitSequence(change);
      return { sequenceId, existing: false };
    } catch (error) {
      if (codeOf(error) !== "conflict" || tries >= MAX_TRIES) throw error;
    }
  }
}
