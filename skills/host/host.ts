/**
 * Runs skills: builtins in the worker that the host lives in, everything else as a child process within bounds. Each run has
 * a work folder of its own, removed afterwards whatever happened; folders that a crashed process left are swept.
 *
 * Held: at most `concurrency` runs, and `waiting` more in order of arrival; beyond that a run is refused as `busy`. What starts no process
 * (builtins that run no commands) is not counted: whoever calls bounds it.
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
import { SkillError } from "../skill_error.ts";
import type { Tools } from "../sandbox/tools.ts";
import {
  makeWorkFolder,
  removeWorkFolder,
  sweepWorkFolders,
  type SweptFolders,
} from "../sandbox/work_folder.ts";
import { isKept } from "../sandbox/work_place.ts";

/** What a host works with. */
interface SkillHostOptions {
  readonly registry: SkillRegistry;
  /** Where work folders are made, e.g. `<home>/work`. This host's alone. */
  readonly workFolder: string;
  /** Programs of this machine. */
  readonly tools: Tools;
  /** What foreign commands run in. */
  readonly sandbox: Sandbox;
  /** Whom to serve without a sandbox. */
  readonly policy: SandboxPolicy;
  /** Runs at once; default 4. */
  readonly concurrency?: number;
  /** Runs that may wait; default 256. */
  readonly waiting?: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Keeps what is too large for an event. */
  readonly blobs?: SkillBlobs;
}

/** A request as the sink has it: the host adds the folder, and changes encoding where the skill wants another. */
export type HostRequest = Omit<SkillRequest, "workdir">;

/** What a caller may hear and do while a skill runs. */
interface RunHooks {
  /** Stops the run. */
  readonly signal?: AbortSignal;
  /** At most 16 times a run. */
  readonly feedback?: (progress: SkillProgress) => void;
  /** The job's live log. */
  readonly output?: (bytes: Uint8Array) => void;
  /** As of a skill's context. */
  readonly attest?: SkillContext["attest"];
}

/** How full a host is. */
interface HostLoad {
  /** With skills now. */
  readonly running: number;
  /** In line. */
  readonly waiting: number;
  /** Runs at once. */
  readonly limit: number;
}

/** Runs skills; the service that `skillSink` is given. */
export interface SkillHost {
  readonly registry: SkillRegistry;
  /** Runs a skill to its outcome. Throws SkillError `busy` when too many wait; every other failure is an outcome. */
  run(skill: RegisteredSkill, request: HostRequest, hooks?: RunHooks): Promise<SkillOutcome>;
  /** Finds the skill by kind and runs it; an outcome `no_skill` when there is none. */
  runKind(request: HostRequest, hooks?: RunHooks): Promise<SkillOutcome>;
  /** Finds a callback skill by name and runs it; an outcome `no_skill` when there is none. */
  runNamed(name: string, request: HostRequest, hooks?: RunHooks): Promise<SkillOutcome>;
  /** How full it is now. */
  load(): HostLoad;
  /** Removes work folders that another host left, a crashed one; runs of this host may go on beside it. Call once at the start. */
  sweep(): Promise<SweptFolders>;
}

/** Makes a host. */
export function createSkillHost(options: SkillHostOptions): SkillHost {
  const limit = options.concurrency ?? 4;
  const mayWait = options.waiting ?? 256;
  // No folder of an earlier host has this in its name, so that its leftovers may be removed while runs go on.
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
    // What does not fit the skill's own schema is given to nobody, and that is known at the end.
    const output = skill.manifest.output === undefined ? hooks.output : undefined;
    const { signal } = hooks;
    return await runSkillChild(skill, request, { ...options, timeoutS, signal, output });
  }
  // A builtin that runs commands bounds them itself; this is the bound of the whole, unpacking included.
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
        feedback,
        output: hooks.output ?? (() => {}),
        clock,
        blobs: options.blobs,
        attest: hooks.attest,
      },
    );
    // After the time limit its work is over for us, but its folder goes only when it has let go of it.
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

/** What a builtin gets beyond its limit, to fetch its input and to write its result. */
const GRACE_S = 150;

/** At most this many progress messages a run become events, each of which costs its provider money. */
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

/** FR57: a skill that takes one encoding gets the other re-encoded, and is told so. Otherwise the bytes are untouched. */
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

/** A result that does not fit the skill's own schema is the skill's fault, and nobody gets it. */
function fitting({ manifest: { name, output } }: RegisteredSkill, outcome: SkillOutcome) {
  if (output === undefined || outcome.status === "error") return outcome;
  const found = misfitOfText(output, outcome.content);
  if (found === null) return outcome;
  const { durationMs, log } = outcome;
  return {
    ...{ status: "error", errorCode: "bad_output", durationMs, log } as const,
    content: `${name} answered what does not fit its schema: ${found}`,
  };
}

function noSkill(what: string): SkillError {
  return new SkillError("no_skill", `there is no skill for ${what}`);
}

function failed(error: unknown, durationMs: number): SkillOutcome {
  if (error instanceof SkillError) {
    return { status: "error", errorCode: error.code, content: error.message, durationMs };
  }
  // What is not a refusal may name files of this machine: it goes to the log, not to the market.
  return {
    status: "error",
    errorCode: "internal_error",
    content: "the skill failed on this provider",
    log: error instanceof Error ? error.stack ?? error.message : String(error),
    durationMs,
  };
}
