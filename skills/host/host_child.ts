/**
 * A skill as a child process: `deno run` with exactly its permissions, or a command inside the sandbox. The event's bytes are
 * its standard input, its standard output is the result's content, its standard error the provider's log.
 *
 * The environment holds `PATH`, `HOME`, `TMPDIR`, `CROSSTOWN_JOB_ID`, `CROSSTOWN_ATTEMPT`, `CROSSTOWN_KIND`,
 * `CROSSTOWN_ENCODING` (`toon` or `json`), `CROSSTOWN_REENCODED` (`1` when these are not the bytes as received),
 * `CROSSTOWN_WORKDIR`, and what the manifest passes on. Exit 0 is success.
 *
 * @module
 */
import { type ChildSpec, runChild } from "../sandbox/child.ts";
import { DISK_FILES, DISK_MB, diskOf } from "../sandbox/watchdog.ts";
import type { RegisteredSkill } from "../catalog/registry.ts";
import { copyFolder } from "../sandbox/shown_copy.ts";
import {
  limitedShell,
  mayRun,
  type Sandbox,
  sandboxed,
  type SandboxPolicy,
} from "../sandbox/sandbox.ts";
import { contentBytes, type SkillOutcome, type SkillRequest } from "../skill.ts";
import { SkillError } from "../skill_error.ts";
import type { SkillRun } from "../skill.ts";
import type { Tools } from "../sandbox/tools.ts";

/** What a child skill is run with. */
interface SkillChildOptions {
  /** Programs of this machine. */
  readonly tools: Tools;
  /** What foreign commands run in. */
  readonly sandbox: Sandbox;
  /** Whom to serve without a sandbox. */
  readonly policy: SandboxPolicy;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Until the child is killed. */
  readonly timeoutS: number;
  /** Kills the child. */
  readonly signal?: AbortSignal;
}

/** How much of standard error is kept for the provider's log. */
const LOG_BYTES = 65_536;

/** Runs a deno or command skill. Throws SkillError when it cannot be started. */
export async function runSkillChild(
  skill: RegisteredSkill,
  request: SkillRequest & { readonly reencoded: boolean },
  options: SkillChildOptions,
): Promise<SkillOutcome> {
  const { manifest, folder } = skill;
  const { run, limits } = manifest;
  const { tools, clock, timeoutS, signal } = options;
  const { sh, path } = tools;
  if (run.type === "builtin" || folder === null || sh === null) {
    throw new SkillError("cannot_run", `${manifest.name} cannot be run as a child on this machine`);
  }
  const plan = run.type === "deno"
    ? denoPlan(run, folder, request, options, limits.memoryMb)
    : await commandPlan(run, folder, request, options, limits);
  const startedAtMs = clock();
  const result = await runChild({
    ...plan,
    stdin: request.bytes,
    timeoutMs: timeoutS * 1000,
    outputBytes: limits.outputBytes,
    sh,
    path,
    tree: { ...limits, disk: diskOf(plan.written ?? request.workdir) },
    groups: tools.groups,
    signal,
    clock,
  });
  const durationMs = clock() - startedAtMs;
  const log = new TextDecoder().decode(result.stderr.bytes.subarray(-LOG_BYTES));
  const refused = (errorCode: string, content: string): SkillOutcome => ({
    status: "error",
    errorCode,
    content,
    log,
    durationMs,
    ...(result.end === "exit" && { exitCode: result.exitCode }),
  });
  switch (result.end) {
    case "timeout":
      return refused("timeout", `${manifest.name} took longer than ${timeoutS} s`);
    case "output":
      return refused(
        "output_limit",
        `${manifest.name} wrote more than ${limits.outputBytes} bytes`,
      );
    case "memory":
      return refused("memory_limit", `${manifest.name} took more than ${limits.memoryMb} MiB`);
    case "processes":
      return refused(
        "process_limit",
        `${manifest.name} had more than ${limits.processes} processes`,
      );
    case "disk":
      return refused("disk_limit", `${manifest.name} wrote more than ${DISK_MB} MiB to the disk`);
    case "files":
      return refused("files_limit", `${manifest.name} made more than ${DISK_FILES} files`);
    case "aborted":
      return refused("cancelled", "the run was stopped");
    case "exit":
  }
  if (result.exitCode !== 0) {
    return refused("skill_failed", `${manifest.name} exited ${result.exitCode}`);
  }
  let content: string;
  try {
    content = new TextDecoder("utf-8", { fatal: true }).decode(result.stdout.bytes);
  } catch {
    return refused("bad_output", `${manifest.name} wrote what is not UTF-8`);
  }
  const size = contentBytes(content);
  if (size > request.maxContentBytes) {
    const limit = request.maxContentBytes;
    return refused("too_large", `the result takes ${size} bytes, an event may hold ${limit}`);
  }
  return { status: "success", content, exitCode: 0, log, durationMs };
}

type Plan = Pick<ChildSpec, "command" | "args" | "cwd" | "env" | "passEnv" | "filter"> & {
  /** What of the work folder the child writes to; all of it where absent. */
  readonly written?: string;
};

function denoPlan(
  run: Extract<SkillRun, { type: "deno" }>,
  folder: string,
  request: SkillRequest & { readonly reencoded: boolean },
  options: SkillChildOptions,
  memoryMb: number,
): Plan {
  const { tools } = options;
  if (tools.deno === null || tools.sh === null) {
    throw new SkillError("cannot_run", "there is no deno on this machine");
  }
  const { workdir } = request;
  const inFolder = (path: string) => path.startsWith("/") ? path : `${folder}/${path}`;
  const read = [folder, workdir, ...(run.permissions.read ?? []).map(inFolder)];
  const write = [workdir, ...(run.permissions.write ?? []).map(inFolder)];
  const env = baseEnv(request, workdir, tools.path);
  const passEnv = run.permissions.env ?? [];
  const flags = [
    "--quiet",
    "--no-prompt",
    "--cached-only",
    "--no-remote",
    "--no-config",
    "--no-lock",
    `--v8-flags=--max-old-space-size=${memoryMb}`,
    `--allow-read=${read.join(",")}`,
    `--allow-write=${write.join(",")}`,
    `--allow-env=${[...Object.keys(env), ...passEnv].join(",")}`,
  ];
  const net = run.permissions.net ?? [];
  if (net.length > 0) flags.push(`--allow-net=${net.join(",")}`);
  return {
    command: tools.sh,
    args: [
      "-c",
      limitedShell({ memoryMb, processes: null }),
      "sh",
      tools.deno,
      "run",
      ...flags,
      `${folder}/${run.module}`,
    ],
    cwd: workdir,
    env: { ...env, DENO_DIR: `${workdir}/.deno`, DENO_NO_UPDATE_CHECK: "1" },
    passEnv,
  };
}

async function commandPlan(
  run: Extract<SkillRun, { type: "command" }>,
  folder: string,
  request: SkillRequest & { readonly reencoded: boolean },
  options: SkillChildOptions,
  limits: { readonly memoryMb: number; readonly processes: number },
): Promise<Plan> {
  const { tools, sandbox, policy } = options;
  if (tools.sh === null) throw new SkillError("cannot_run", "there is no sh on this machine");
  const shell = (processes: number | null) => limitedShell({ ...limits, processes });
  const [program, ...args] = run.command;
  const place = (at: string) =>
    program.includes("/") ? [`${at}/${program.replace(/^\.\//, "")}`, ...args] : [program, ...args];
  if (!run.sandbox || sandbox.type === "none") {
    if (run.sandbox && !mayRun(sandbox, policy, request.event.pubkey)) {
      throw new SkillError(
        "sandbox_required",
        "no sandbox here, and the author is not on the list",
      );
    }
    return {
      command: tools.sh,
      args: ["-c", shell(null), "sh", ...place(folder)],
      cwd: request.workdir,
      env: baseEnv(request, request.workdir, tools.path),
      passEnv: run.env,
    };
  }
  const [job, shown] = [`${request.workdir}/job`, `${request.workdir}/skill`];
  await Deno.mkdir(job, { mode: 0o700 });
  // A user id of its own reads nothing that is its owner's alone.
  await copyFolder(folder, shown, tools, { readable: sandbox.mode === "root" });
  return {
    ...sandboxed(sandbox, {
      binds: [{ from: shown, to: "/skill" }, { from: job, to: "/job", write: true }],
      temp: job,
      seed: request.workdir,
      cwd: "/job",
      env: baseEnv(request, "/job", SYSTEM_PATH),
      network: run.network,
      command: [
        "/bin/sh",
        "-c",
        shell(sandbox.limitsProcesses ? limits.processes : null),
        "sh",
        ...place("/skill"),
      ],
    }, request.workdir),
    passEnv: run.env,
    written: job,
  };
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function baseEnv(
  request: SkillRequest & { readonly reencoded: boolean },
  workdir: string,
  path: string,
): Record<string, string> {
  return {
    PATH: path,
    HOME: workdir,
    TMPDIR: workdir,
    LANG: "C.UTF-8",
    CROSSTOWN_JOB_ID: request.jobId,
    CROSSTOWN_ATTEMPT: String(request.attempt),
    CROSSTOWN_KIND: String(request.kind),
    CROSSTOWN_ENCODING: request.encoding,
    CROSSTOWN_REENCODED: request.reencoded ? "1" : "0",
    CROSSTOWN_WORKDIR: workdir,
  };
}
