/**
 * `crosstown mayor run`: the buyer's daemon.
 *
 * @module
 */
import { RESULT_KINDS, startRelayInbound } from "../../home/inbound.ts";
import { watchDeadlines } from "../../home/job_deadline.ts";
import { startLightning } from "../../home/lightning.ts";
import { publishOwnRelays } from "../../home/relay_list.ts";
import { startReviewing } from "../../home/reviewing.ts";
import { startSequences } from "../../home/sequences.ts";
import { startOutbound } from "../../home/outbound.ts";
import { renewablePipeline } from "../../home/renewable_pipeline.ts";
import { answerSkills, startCallbacks } from "../../shell/home/buyer_skills.ts";
import type { Invocation } from "../../shell/command.ts";
import { lightningOptions } from "../../shell/home/lightning_options.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { asOwnersFault } from "./owners_fault.ts";
import { runDaemon } from "./run_daemon.ts";
import { tendComparedJobs } from "./compared_jobs.ts";

/** Runs the daemon until it is stopped. */
export async function mayorRun(invocation: Invocation): Promise<number> {
  return await asOwnersFault(() => run(invocation));
}

async function run(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const config = await configOf(invocation);
  const lightning = lightningOptions(config);
  return await runDaemon(invocation, config, "mayor", async (home) => {
    const outbound = await renewablePipeline(() => startOutbound(home, { follow: true }));
    const answers = await startRelayInbound(home, {
      name: "answers",
      role: "buyer",
      filters: [{
        kinds: RESULT_KINDS,
        "#p": [home.identity.pubkey],
        since: Math.floor(io.clock() / 1000) - DAY_S,
      }],
      cursor: "answers",
      rules: null,
      skills: answerSkills(home, config),
    });
    const pipelines = [outbound, answers];
    await Promise.all(pipelines.map(({ ready }) => ready));
    await publishOwnRelays(home, io.clock());
    await startSequences(home);
    await startLightning(home, lightning);
    const stopWatching = watchDeadlines(home);
    const reviewing = config.get("trust.publish") ? await startReviewing(home) : null;
    const compared = tendComparedJobs(home, config, io);
    const callbacks = startCallbacks(home, config, invocation);
    return {
      about: {},
      useConnectors: () => outbound.renew(),
      status: () => ({
        pipelines: Object.fromEntries(pipelines.map((each) => [each.name, each.counters()])),
        services: home.supervisor.counters(),
      }),
      ended: Promise.race(pipelines.map(({ done }) => done)),
      async drain(deadlineMs) {
        stopWatching();
        await reviewing?.stop();
        await compared.stop();
        await callbacks.stop(deadlineMs);
        await answers.drain(deadlineMs).catch(() => undefined);
        await outbound.drain(deadlineMs).catch(() => undefined);
      },
    };
  });
}

const DAY_S = 86_400;
