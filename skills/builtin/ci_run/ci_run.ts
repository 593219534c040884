/**
 * `ci-run` (kind 5601): runs a command in its own git worktree, inside the sandbox, and reports the result.
 *
 * A failing command (an exit code other than 0, or a reached time limit) is a result. `error` is for requests that could not be run at all.
 *
 * @module
 */
import { BlobTransferError } from "../../../blobs/blob_transfer_error.ts";
import { readEncrypted } from "../../../blobs/private_blob.ts";
import { CI_RUN } from "../../../protocols/nostr/kinds.ts";
import { type ChildEnd, type ChildResult, runChild } from "../../sandbox/child.ts";
import { diskOf } from "../../sandbox/watchdog.ts";
import { mayRun, sandboxed } from "../../sandbox/sandbox.ts";
import { limitSettings } from "../../sandbox/shell_limits.ts";
import { sandboxKind } from "../../sandbox/tier.ts";
import type {
  BuiltinSkill,
  SkillContext,
  SkillLimits,
  SkillOutcome,
  SkillRequest,
} from "../../skill.ts";
import { answerFailures } from "../../answer_failures.ts";
import { SkillError } from "../../skill_error.ts";
import type { Machine } from "../../sandbox/machine.ts";
import { linkFile } from "../../sandbox/shown_copy.ts";
import type { Tools } from "../../sandbox/tools.ts";
import { keepArtifacts } from "./artifacts.ts";
import type { KeptFor } from "./check_out.ts";
import { createGit } from "./git.ts";
import { repositoryCache } from "./repository_cache.ts";
import { ciRunContent } from "./result_content.ts";
import { ARCHIVE_LIMITS } from "./tar_reader.ts";
import {
  bytesInput,
  CI_REQUEST,
  type CiInput,
  type HereInput,
  mostBlobBytes,
  parseCiSpec,
} from "./spec.ts";
import { countTests } from "./test_counts.ts";
import { makeWorktree, type Worktree } from "./worktree.ts";

/** What `ci-run` needs from its machine. */
export interface CiRunOptions extends Machine {
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<SkillLimits>;
  /** The price, if it is not the default. */
  readonly price?: { readonly flatUnits: bigint; readonly unitsPerKib: bigint };
}

/** How many bytes of the end of a log are kept in memory. */
const KEEP_BYTES = 1 << 20;

/** The ci-run skill. */
export function ciRun(options: CiRunOptions): BuiltinSkill {
  const limits: SkillLimits = { ...CI_RUN.limits, ...options.limits };
  return {
    manifest: {
      name: CI_RUN.types[0],
      version: "1.0.0",
      description:
        "Runs a command on a git bundle, tar.gz or https repository and reports the tests",
      kinds: [CI_RUN.kind],
      addressed: true,
      types: CI_RUN.types,
      tags: CI_RUN.types,
      price: options.price ?? CI_RUN.price,
      accepts: "both",
      limits,
      request: CI_REQUEST,
      run: { type: "builtin" },
    },
    runsCommands: true,
    run: answerFailures((request, context) => runJob(request, context, options, limits)),
  };
}

/** Fetches an input that is a blob. Throws SkillError with the code of the failure. */
export async function broughtHere(input: CiInput, { blobs }: SkillContext): Promise<HereInput> {
  if (input.type !== "blob") return input;
  if (blobs === undefined) throw new SkillError("bad_input", "this provider fetches no blobs");
  try {
    const { secret } = input.blob;
    const { path } = await blobs.fetch(input.blob, { maxBytes: mostBlobBytes(input.blob) });
    const bytes = secret === undefined
      ? await Deno.readFile(path)
      : await readEncrypted(path, secret);
    return bytesInput(bytes, input.params);
  } catch (cause) {
    if (!(cause instanceof BlobTransferError)) throw cause;
    throw new SkillError(`input_${cause.code}`, `the input: ${cause.message}`, { cause });
  }
}

async function runJob(
  request: SkillRequest,
  context: SkillContext,
  options: CiRunOptions,
  limits: SkillLimits,
): Promise<SkillOutcome> {
  const { tools, sandbox, policy, platform } = options;
  const startedAtMs = context.clock();
  const spec = parseCiSpec(request.event, { allowLoopback: policy.ownNetwork });
  if (spec.platform !== null && spec.platform !== platform) {
    throw new SkillError("wrong_platform", `this is ${platform}, the job wants ${spec.platform}`);
  }
  if (!mayRun(sandbox, policy, request.event.pubkey)) {
    const why = sandbox.type === "none" ? sandbox.reason : "";
    throw new SkillError("sandbox_required", `no sandbox for strangers' commands here: ${why}`);
  }
  const git = createGit({
    tools,
    home: request.workdir,
    clock: context.clock,
    signal: context.signal,
  });
  context.feedback({ status: "processing", message: "fetching the input" });
  const worktree = await makeWorktree(
    await broughtHere(spec.input, context),
    {
      workdir: request.workdir,
      git,
      tools,
      limits: ARCHIVE_LIMITS,
      kept: keptFor(options, request, context),
    },
  );
  context.feedback({ status: "processing", message: "running the command" });
  const timeoutS = Math.min(limits.timeoutS, request.timeoutS ?? limits.timeoutS);
  const child = await runCommand(spec.command, worktree, {
    ...options,
    limits,
    timeoutMs: timeoutS * 1000,
    workdir: request.workdir,
    context,
  });
  const usage = { ...child.usage, outputBytes: child.stdout.totalBytes };
  if (child.end === "aborted") {
    return {
      status: "error",
      errorCode: "cancelled",
      content: "the run was stopped",
      usage,
      durationMs: context.clock() - startedAtMs,
    };
  }
  const log = new TextDecoder().decode(child.stdout.bytes);
  const tests = countTests(log);
  const artifacts = await artifactsOf(spec.artifacts, worktree.tree, request, context);
  const content = await ciRunContent({
    exitCode: child.exitCode,
    durationMs: child.durationMs,
    stoppedBy: child.end === "exit" ? undefined : child.end,
    tests,
    log: child.stdout.bytes,
    logBytes: child.stdout.totalBytes,
    sandbox: sandbox.type === "none" ? "none" : sandboxKind(sandbox),
    command: spec.command,
    commit: worktree.commit,
    artifacts,
  }, request.maxContentBytes);
  return {
    status: "success",
    content,
    exitCode: child.exitCode,
    ...(tests && { tests }),
    usage,
    durationMs: context.clock() - startedAtMs,
  };
}

/** The repositories of earlier jobs that this request may use. */
export function keptFor(
  { repositories }: Machine,
  { event, hidden = false, encrypted = false }: SkillRequest,
  { clock }: SkillContext,
): KeptFor | null {
  if (!repositories) return null;
  const buyer = hidden || encrypted ? null : event.pubkey;
  return { cache: repositoryCache(repositories, clock), buyer };
}

/** Keeps the artifacts. Those of an encrypted request are encrypted for its buyer. */
async function artifactsOf(
  patterns: readonly string[],
  tree: string,
  { event, hidden = false }: SkillRequest,
  { blobs }: SkillContext,
) {
  return await keepArtifacts(tree, patterns, blobs, hidden ? event.pubkey : null);
}

interface CommandOptions extends CiRunOptions {
  readonly limits: SkillLimits;
  readonly timeoutMs: number;
  /** The folder of the run. */
  readonly workdir: string;
  readonly context: SkillContext;
}

async function runCommand(
  command: string,
  worktree: Worktree,
  options: CommandOptions,
): Promise<ChildResult & { readonly end: ChildEnd }> {
  const { tools, sandbox, limits, timeoutMs, context } = options;
  const { sh, path } = tools;
  if (sh === null) throw new SkillError("sandbox_required", "this machine has no sh");
  const bounds = {
    timeoutMs,
    outputBytes: limits.outputBytes,
    keepBytes: KEEP_BYTES,
    keep: "tail" as const,
    sh,
    path,
    tree: { ...limits, disk: diskOf(options.workdir) },
    groups: tools.groups,
    pool: tools.pool,
    signal: context.signal,
    pausing: context.pausing,
    onOutput: context.output,
    clock: context.clock,
  };
  const setup = (processes: number | null) =>
    `exec 2>&1 </dev/null; ${limitSettings({ memoryMb: limits.memoryMb, processes })}`;
  if (sandbox.type === "none") {
    return await runChild({
      ...bounds,
      command: sh,
      args: ["-c", `${setup(null)}; exec "$@"`, "sh", "sh", "-c", command],
      cwd: worktree.tree,
      env: commandEnv(worktree.home, worktree.temp, withDeno(tools)),
    });
  }
  const binds = [
    { from: worktree.tree, to: "/job/tree", write: true },
    { from: worktree.repository, to: "/job/repo.git", write: true },
    { from: worktree.home, to: "/job/home", write: true },
  ];
  // A job finds this deno first on its path, independent of its place on the host.
  if (tools.deno !== null) {
    const from = await linkFile(tools.deno, `${options.workdir}/deno`, tools);
    binds.push({ from, to: "/opt/job/deno", write: false });
  }
  return await runChild({
    ...bounds,
    ...sandboxed(sandbox, {
      binds,
      temp: worktree.temp,
      seed: options.workdir,
      cwd: "/job/tree",
      env: commandEnv("/job/home", "/tmp", `/opt/job:${SYSTEM_PATH}`),
      setup: setup(sandbox.limitsProcesses ? limits.processes : null),
      command: ["sh", "-c", command],
    }, options.workdir),
  });
}

/** `PATH` with the folder of our own deno first, as inside the sandbox. */
function withDeno({ deno, path }: Tools): string {
  return deno === null ? path : `${deno.slice(0, deno.lastIndexOf("/"))}:${path}`;
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function commandEnv(home: string, temp: string, path: string): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    TMPDIR: temp,
    DENO_DIR: `${temp}/deno`,
    DENO_NO_UPDATE_CHECK: "1",
    GIT_CONFIG_NOSYSTEM: "1",
    NO_COLOR: "1",
    LANG: "C.UTF-8",
    CI: "true",
  };
}
