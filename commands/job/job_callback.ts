/**
 * `crosstown job callback`.
 *
 * @module
 */
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { Config } from "../../config/config.ts";
import type { CallbackRow } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { checkCallback } from "../../shell/home/buyer_skills.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, printReason } from "../../shell/errors.ts";
import { noteJobNetwork } from "../../shell/home/money_banner.ts";
import { factsOf } from "./job_facts.ts";
import { showJob } from "./job_market.ts";
import { openMarket } from "./open_market.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { readStore } from "../../shell/home/read_store.ts";

/** Gives the newest document of a job to its callback skill again, with a full set of tries. Exit 1 if the skill fails again. */
export async function jobCallback(invocation: Invocation): Promise<number> {
  const { args, output } = invocation;
  const config = await configOf(invocation);
  const { row, last } = await find(config, args.required("id"));
  await noteJobNetwork(output, config, row.jobId);
  await checkCallback(config, last.skill);
  const called = await repeat(invocation, config, row, last);
  await show(invocation, config, row);
  if (called?.state === "done") return 0;
  await printReason(output, {
    message: called?.errorMessage
      ? `the skill ${last.skill} failed: ${called.errorMessage} (${called.errorCode})`
      : `the skill ${last.skill} has not run yet`,
    suggestion: `see 'crosstown logs'; 'crosstown job callback ${row.jobId}' runs it again`,
  });
  return 1;
}

async function find(
  config: Config,
  id: string,
): Promise<{ readonly row: JobRow; readonly last: CallbackRow }> {
  await using store = await readStore(config);
  const row = await store.getJob(id, "buyer");
  if (row === null) {
    throw new CommandError(
      "not_found",
      `there is no job ${id} in this home`,
      "see 'crosstown job list'",
    );
  }
  if (row.callbackSkill === null) {
    throw new CommandError(
      "no_callback",
      `job ${row.jobId} has no callback skill`,
      "name one when a job is made: 'crosstown job submit ... --callback SKILL'",
    );
  }
  const last = (await store.callbacksOf(row.jobId)).at(-1);
  if (last !== undefined) return { row, last };
  throw new CommandError(
    "no_result",
    `job ${row.jobId} has no answer yet that its skill could receive`,
    "wait for its result with 'crosstown job wait'",
  );
}

async function repeat(
  invocation: Invocation,
  config: Config,
  { jobId, callbackSkill }: JobRow,
  { callbackId }: CallbackRow,
): Promise<CallbackRow | null> {
  await using home = await openHomeClient(invocation, config, {
    buys: true,
    fits: ({ role }) => role !== "command" || callbackSkill === null,
  });
  return await home.repeatCallback({ jobId, callbackId, atMs: invocation.io.clock() });
}

async function show(invocation: Invocation, config: Config, row: JobRow): Promise<void> {
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    await showJob(invocation, market, row, false, await factsOf(config, row), config);
  } finally {
    await supervisor.stop(0);
  }
}
