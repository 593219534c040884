/**
 * Runs skills: builtins in the host's own worker, all others as child processes with limits. Each run has its own work folder, which is
 * always removed afterwards. Folders of a crashed process are removed at the next start.
 *
 * Held: at most `concurrency` runs, and `waiting` more in the order of their calls; one more is refused as `busy`. Builtins that start no
 * process are not counted: the caller limits their number.
 *
 * @module
 */
import { encodeToon } from "../../protocols/toon/encode.ts";
import { runSkillChild } from "./host_child.ts";
import { misfitOfText } from "../json_schema.ts";
import type { RegisteredSkill, SkillRegistry } from "../catalog/registry.ts";
import type { Sandbox, SandboxPolicy } from "../sandbox/sandbox.ts";
import type {
  SkillBlobs,
  SkillContext,
  SkillOutcome,
  SkillProgress,
  SkillRequest,
} from "../skill.ts";
import type { Pausing } from "../../base/pausing.ts";
import { SkillError } from "../skill_error.ts";
import { LaunchError } from "../sandbox/launch_error.ts";
import type { Tools } from "../sandbox/tools.ts";
import {
  makeWorkFolder,
  removeWorkFolder,
  sweepWorkFolders,
  type SweptFolders,
} from "../sandbox/work_folder.ts";
import { isKept } from "../sandbox/work_place.ts";

/** What a host needs. */
interface SkillHostOptions {
  readonly registry: SkillRegistry;
  /** The parent of the work folders, for example `<home>/work`. Only this host uses it. */
  readonly workFolder: string;
  /** Programs of this machine. */
  readonly tools: Tools;
  /** The sandbox of untrusted commands. */
  readonly sandbox: Sandbox;
  /** The buyers that are served without a sandbox. */
  readonly policy: SandboxPolicy;
  /** The most runs at the same time. Default: 4. */
  readonly concurrency?: number;
  /** The most waiting runs. Default: 256. */
  readonly waiting?: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Stores data that is too large for an event. */
  readonly blobs?: SkillBlobs;
}

/** A request from the sink. The host adds the folder, and converts the encoding if the skill needs another one. */
export type HostRequest = Omit<SkillRequest, "workdir">;

/** The callbacks of a run, and its signal. */
interface RunHooks {
  /** Stops the run. */
  readonly signal?: AbortSignal;
  /** Pauses its processes. */
  readonly pausing?: Pausing;
  /** Called at most 16 times in a run. */
  readonly feedback?: (progress: SkillProgress) => void;
  /** Called with the bytes of the job's live log. */
  readonly output?: (bytes: Uint8Array) => void;
  /** See {@link SkillContext}. */
  readonly attest?: SkillContext["attest"];
}

/** The load of a host. */
interface HostLoad {
  /** The number of runs. */
  readonly running: number;
  /** The number of waiting runs. */
  readonly waiting: number;
  /** The most runs at the same time. */
  readonly limit: number;
}

/** Runs skills. `skillSink` uses it as a service. */
export interface SkillHost {
  readonly registry: SkillRegistry;
  /** Runs a skill to its outcome. Throws SkillError `busy` if too many runs wait. Every other failure is an outcome. */
  run(skill: RegisteredSkill, request: HostRequest, hooks?: RunHooks): Promise<SkillOutcome>;
  /** Finds the skill by kind and runs it. If there is none, the outcome is the error `no_skill`. */
  runKind(request: HostRequest, hooks?: RunHooks): Promise<SkillOutcome>;
  /** Finds a callback skill by name and runs it. If there is none, the outcome is the error `no_skill`. */
  runNamed(name: string, request: HostRequest, hooks?: RunHooks): Promise<SkillOutcome>;
  /** The current load. */
  load(): HostLoad;
  /** Removes work folders of a crashed host. Runs of this host may continue meanwhile. Call it once at the start. */
  sweep(): Promise<SweptFolders>;
}

/** Makes a host. */
export function createSkillHost(options: SkillHostOptions): SkillHost {
  const limit = options.concurrency ?? 4;
  const mayWait = options.waiting ?? 256;
  // The names of this host's folders end with this mark. So folders of an earlier host can be removed while runs continue.
  const mark = `-${options.clock().toString(36)}`;
  const queue: (() => void)[] = [];
  let running = 0;
  let made = 0;

  const enter = async (signal: AbortSignal | undefined): Promise<void> => {
    if (running < limit) {
      running++;
      return;
    }
    if (queue.length >= mayWait) {
      throw new SkillError("busy", `${running} skills run and ${queue.length} wait`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      const at = queue.indexOf(resolve);
      if (at < 0) return;
      queue.splice(at, 1);
      reject(new SkillError("cancelled", "the run was stopped before it began"));
    };
    queue.push(resolve);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    await promise.finally(() => signal?.removeEventListener("abort", onAbort));
  };
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) running--;
    else next();
  };

  const host: SkillHost = {
    registry: options.registry,
    async run(skill, request, hooks = {}) {
      const startedAtMs = options.clock();
      const counts = skill.builtin === null || skill.builtin.runsCommands === true;
      try {
        if (counts) await enter(hooks.signal);
      } catch (error) {
        if (error instanceof SkillError && error.code === "cancelled") return failed(error, 0);
        throw error;
      }
      // A job may run for two skills at once (provider and callback), so its id alone is not enough.
      const name = `${
        request.jobId.replaceAll(/[^A-Za-z0-9-]/g, "_").slice(0, 80)
      }.${++made}${mark}`;
      const workdir = `${options.workFolder}/${name}`;
      const writes = skill.builtin?.writesNothing !== true;
      try {
        if (writes) await makeWorkFolder(workdir);
        const whole = reencode(skill, { ...request, workdir });
        return fitting(skill, await runOne(skill, whole, hooks, options));
      } catch (error) {
        return failed(error, options.clock() - startedAtMs);
      } finally {
        if (writes) await removeWorkFolder(workdir).catch(() => {});
        if (counts) leave();
      }
    },
    async runKind(request, hooks) {
      const skill = await options.registry.forKind(request.kind);
      if (skill === null) return failed(noSkill(`kind ${request.kind}`), 0);
      return await host.run(skill, request, hooks);
    },
    async runNamed(name, request, hooks) {
      const skill = await options.registry.named(name);
      if (skill === null) return failed(noSkill(`the name ${JSON.stringify(name)}`), 0);
      return await host.run(skill, request, hooks);
    },
    load: () => ({ running, waiting: queue.length, limit }),
    sweep: () =>
      sweepWorkFolders(options.workFolder, (name) => isKept(name) || name.endsWith(mark)),
  };
  return host;
}

async function runOne(
  skill: RegisteredSkill,
  request: SkillRequest & { readonly reencoded: boolean },
  hooks: RunHooks,
  options: SkillHostOptions,
): Promise<SkillOutcome> {
  const { clock } = options;
  const wantedS = request.timeoutS ?? skill.manifest.limits.timeoutS;
  const timeoutS = Math.min(wantedS, skill.manifest.limits.timeoutS);
  const feedback = limited(hooks.feedback ?? (() => {}));
  if (skill.builtin === null) {
    // A result that does not fit the skill's own schema is not sent, which is known only at the end. So there is no live log.
    const output = skill.manifest.output === undefined ? hooks.output : undefined;
    const { signal, pausing } = hooks;
    return await runSkillChild(skill, request, { ...options, timeoutS, signal, pausing, output });
  }
  // A builtin that runs commands limits them itself. This is the time limit of the whole run, including unpacking.
  const controller = new AbortController();
  const onAbort = () => controller.abort(hooks.signal?.reason);
  hooks.signal?.addEventListener("abort", onAbort, { once: true });
  if (hooks.signal?.aborted) onAbort();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    controller.abort();
    reject(new SkillError("timeout", `${skill.manifest.name} took longer than ${timeoutS} s`));
  }, (timeoutS + GRACE_S) * 1000);
  try {
    const run = skill.builtin.run(
      { ...request, timeoutS },
      {
        signal: controller.signal,
        pausing: hooks.pausing,
        feedback,
        output: hooks.output ?? (() => {}),
        clock,
        blobs: options.blobs,
        attest: hooks.attest,
      },
    );
    // After the time limit, the outcome is decided, but the folder is removed only when the skill has ended.
    return await Promise.race([
      run,
      late.catch(async (error) => {
        await run.catch(() => {});
        throw error;
      }),
    ]);
  } finally {
    clearTimeout(timer);
    hooks.signal?.removeEventListener("abort", onAbort);
  }
}

/** The additional time of a builtin, in seconds, to fetch its input and to write its result. */
const GRACE_S = 150;

/** The most progress messages of a run that become events, because each event costs the provider money. */
const PROGRESS_LIMIT = 16;

function limited(feedback: (progress: SkillProgress) => void): (progress: SkillProgress) => void {
  let told = 0;
  let last = "";
  return (progress) => {
    if (told >= PROGRESS_LIMIT || progress.message === last) return;
    told++;
    last = progress.message;
    feedback(progress);
  };
}

/**
 * If a skill accepts only one encoding, an event in the other one is re-encoded, and marked so. Otherwise the bytes are unchanged.
 */
function reencode(
  skill: RegisteredSkill,
  request: SkillRequest,
): SkillRequest & { readonly reencoded: boolean } {
  const { accepts } = skill.manifest;
  if (accepts === "both" || accepts === request.encoding) return { ...request, reencoded: false };
  const bytes = accepts === "toon"
    ? encodeToon(request.event, "1.4")
    : new TextEncoder().encode(JSON.stringify(request.event));
  return { ...request, bytes, encoding: accepts, reencoded: true };
}

/** Replaces a result that does not fit the skill's own schema by an error. */
function fitting({ manifest: { name, output } }: RegisteredSkill, outcome: SkillOutcome) {
  if (output === undefined || outcome.status === "error") return outcome;
  const found = misfitOfText(output, outcome.content);
  if (found === null) return outcome;
  const { durationMs, log } = outcome;
  return {
    ...{ status: "error", errorCode: "bad_output", durationMs, log } as const,
    content: `${name} returned a result that does not fit its schema: ${found}`,
  };
}

function noSkill(what: string): SkillError {
  return new SkillError("no_skill", `there is no skill for ${what}`);
}

function failed(error: unknown, durationMs: number): SkillOutcome {
  if (error instanceof SkillError) {
    return { status: "error", errorCode: error.code, content: error.message, durationMs };
  }
  if (error instanceof LaunchError) {
    const content = "this provider could not start the job in its sandbox";
    return { status: "error", errorCode: "cannot_run", content, log: error.message, durationMs };
  }
  // The message of an unexpected error may name files of this machine. So it goes only to the provider's log.
  return {
    status: "error",
    errorCode: "internal_error",
    content: "the skill failed on this provider",
    log: error instanceof Error ? error.stack ?? error.message : String(error),
    durationMs,
  };
}
