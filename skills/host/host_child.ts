/**
 * Runs a skill as a child process inside the sandbox: `deno run` with exactly its permissions, a command, or an agent. The event's bytes
 * are its standard input; an agent gets its instructions before them. Its standard output is the content of the result, and its standard
 * error goes to the provider's log.
 *
 * The environment holds `PATH`, `HOME`, `TMPDIR`, `CROSSTOWN_JOB_ID`, `CROSSTOWN_ATTEMPT`, `CROSSTOWN_KIND`,
 * `CROSSTOWN_ENCODING` (`toon` or `json`), `CROSSTOWN_REENCODED` (`1` if these are not the received bytes), `CROSSTOWN_WORKDIR`,
 * `CROSSTOWN_EVENT` (the path of the decoded event as JSON), `CROSSTOWN_MESSAGE` (the path of the message in a gift wrap, as JSON), and the
 * variables that the manifest names. Exit code 0 is success.
 *
 * @module
 */
import { runChild } from "../sandbox/child.ts";
import { DISK_FILES, DISK_MB, diskOf } from "../sandbox/watchdog.ts";
import { EGRESS_MB, startEgress } from "../egress/egress.ts";
import type { ProxyUsage } from "../egress/proxy.ts";
import type { RegisteredSkill } from "../catalog/registry.ts";
import { contentBytes, type SkillOutcome } from "../skill.ts";
import { SkillError } from "../skill_error.ts";
import { tierFault } from "../sandbox/tier.ts";
import type { Pausing } from "../../base/pausing.ts";
import { agentCommand, agentPrompt } from "./agent_prompt.ts";
import type { ChildInput } from "./child_input.ts";
import { commandPlan, denoPlan, needsEgress, type PlanOptions } from "./child_plan.ts";

/** What running a child skill needs. */
interface SkillChildOptions extends PlanOptions {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** The time after which the child is killed. */
  readonly timeoutS: number;
  /** Kills the child. */
  readonly signal?: AbortSignal;
  /** Stops its processes while the run is paused. */
  readonly pausing?: Pausing;
  /** Called with the child's standard output while it is printed. */
  readonly output?: (bytes: Uint8Array) => void;
}

/** The most bytes of standard error that are kept for the provider's log. */
const LOG_BYTES = 65_536;

/** Runs a skill that is a module, a command or an agent. Throws SkillError if it cannot be started. */
export async function runSkillChild(
  skill: RegisteredSkill,
  request: ChildInput,
  options: SkillChildOptions,
): Promise<SkillOutcome> {
  const { manifest, folder } = skill;
  const { run, limits } = manifest;
  const weak = tierFault(manifest, options.sandbox);
  if (weak !== null) throw new SkillError("weak_sandbox", weak);
  const { tools, clock, timeoutS, signal } = options;
  const { sh, path } = tools;
  if (run.type === "builtin" || folder === null || sh === null) {
    throw new SkillError("cannot_run", `${manifest.name} cannot be run as a child on this machine`);
  }
  const list = needsEgress(run, options.sandbox);
  const maxBytes = (limits.networkMb ?? EGRESS_MB) * 1_048_576;
  const egress = list === null
    ? null
    : await startEgress(tools, `${request.workdir}/egress`, { list, maxBytes });
  // The bridge to the proxy is also a process.
  const bounds = egress === null ? limits : { ...limits, processes: limits.processes + 1 };
  let network: ProxyUsage | null = null;
  const startedAtMs = clock();
  const plan = async () => {
    if (run.type === "deno") return await denoPlan(run, folder, request, options, bounds, egress);
    const asCommand = run.type === "command"
      ? run
      : { ...run, type: "command", command: agentCommand(run) } as const;
    return await commandPlan(asCommand, folder, request, options, bounds, egress);
  };
  const started = async () => {
    const planned = await plan();
    return await runChild({
      ...planned,
      stdin: run.type === "agent" ? agentPrompt(manifest, run, request) : request.bytes,
      timeoutMs: timeoutS * 1000,
      outputBytes: limits.outputBytes,
      sh,
      path,
      tree: { ...bounds, disk: diskOf(planned.written ?? request.workdir) },
      groups: tools.groups,
      pool: tools.pool,
      onOutput: options.output,
      signal,
      pausing: options.pausing,
      clock,
    });
  };
  const result = await started().finally(async () => network = await egress?.stop() ?? null);
  const durationMs = clock() - startedAtMs;
  const outputBytes = result.stdout.totalBytes + result.stderr.totalBytes;
  const usage = { ...result.usage, outputBytes, networkBytes: bytesOf(network) };
  const log = new TextDecoder().decode(result.stderr.bytes.subarray(-LOG_BYTES));
  const refused = (errorCode: string, content: string): SkillOutcome => ({
    status: "error",
    errorCode,
    content,
    log,
    usage,
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
    return refused("bad_output", `${manifest.name} wrote output that is not UTF-8`);
  }
  const size = contentBytes(content);
  if (size > request.maxContentBytes) {
    const limit = request.maxContentBytes;
    return refused("too_large", `the result takes ${size} bytes, an event may hold ${limit}`);
  }
  return { status: "success", content, exitCode: 0, log, usage, durationMs };
}

function bytesOf(usage: ProxyUsage | null): number | null {
  return usage === null ? null : usage.bytesIn + usage.bytesOut;
}
