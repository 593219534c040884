/**
 * The callback skills of a buyer. The pipeline that receives answers runs none of them; the pipeline of callbacks runs all of them.
 *
 * @module
 */
import { takeCallbackFolder } from "../../home/callback_folder.ts";
import { type CallbackSkills, runCallbacks, type RunningCallbacks } from "../../home/callbacks.ts";
import type { Home } from "../../home/home.ts";
import type { SkillSet } from "../../home/inbound.ts";
import { hostingOf, skillFolders } from "../../home/provider_hosting.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import type { Config } from "../../config/config.ts";
import { untilCalled } from "../../home/client/job_progress.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../command.ts";
import { UsageError } from "../errors.ts";
import { projectSkills, skillMachine } from "../platform.ts";

const CONCURRENCY = 8;

/** The skills of the pipeline that receives a buyer's answers. It runs no callbacks. */
export function answerSkills(home: Home, config: Config): SkillSet {
  const options = {
    pubkey: home.identity.pubkey,
    concurrency: CONCURRENCY,
    limitBytes: config.get("limits.event_bytes"),
    rules: null,
    hosting: null,
  };
  return { options, permissions: {} };
}

/** The skills of the pipeline that runs callbacks. */
export async function callbackSkills(
  home: Home,
  config: Config,
  { io }: Pick<Invocation, "io">,
): Promise<CallbackSkills> {
  // A callback processes a stranger's content, so it gets no exceptions from the sandbox rules.
  const machine = { ...skillMachine(io.env, config), allowBuyers: [], ownNetwork: false };
  const { hosting, permissions, offers } = await hostingOf(home, machine);
  await offers.stop();
  const { options } = answerSkills(home, config);
  const { artifactsFolder } = config.paths;
  const folder = takeCallbackFolder(hosting.workFolder);
  return {
    options: {
      ...options,
      hosting: { ...hosting, artifacts: artifactsFolder, workFolder: folder.path },
    },
    permissions: {
      ...permissions,
      read: [...permissions.read ?? [], artifactsFolder],
      write: [...permissions.write ?? [], artifactsFolder],
    },
    leave: () => folder.leave(),
  };
}

/** Gives waiting documents of this home to their callback skills until it is stopped. */
export function startCallbacks(
  home: Home,
  config: Config,
  invocation: Pick<Invocation, "io">,
): RunningCallbacks {
  return runCallbacks(home, () => callbackSkills(home, config, invocation));
}

/** Gives each waiting document to its callback skill once. */
export async function callOnce(
  invocation: Pick<Invocation, "io" | "signal">,
  config: Config,
  home: Home,
  jobs: readonly JobRow[],
): Promise<void> {
  const called = jobs.filter(({ callbackSkill }) => callbackSkill !== null);
  if (called.length === 0) return;
  const callbacks = startCallbacks(home, config, invocation);
  try {
    for (const { jobId } of called) await untilCalled(home.store, jobId, invocation.signal, 1);
  } finally {
    await callbacks.stop(STOP_MS);
  }
}

const STOP_MS = 2_000;

/** Refuses a callback that no skill of this home can take. Throws UsageError `unknown_skill`. */
export async function checkCallback(config: Config, name: string): Promise<void> {
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const handle = await supervisor.service("skill-names", {
      folders: skillFolders(config.paths, {
        skillFolders: config.get("node.skill_folders"),
        projectSkills: projectSkills(),
      }),
      approvals: [config.paths.approvalsFile],
    });
    const { names, problems } = await handle.client().look();
    if (names.includes(name)) return;
    const broken = problems.find(({ folder }) => folder.endsWith(`/${name}`));
    throw new UsageError(
      `there is no skill ${name} in this home${broken === undefined ? "" : `: ${broken.message}`}`,
      `put it into ${config.paths.skillsFolder}, or name one of ${names.join(", ")}`,
      "unknown_skill",
    );
  } finally {
    await supervisor.stop(0);
  }
}
