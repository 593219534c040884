/**
 * Plans a skill's child process: its program, its environment, and the parts of the machine that it can see.
 *
 * @module
 */
import { isJobRequestKind } from "../../protocols/nostr/kinds.ts";
import type { ChildSpec } from "../sandbox/child.ts";
import { mayRun, type Sandbox, sandboxed, type SandboxPolicy } from "../sandbox/sandbox.ts";
import { limitedShell, limitSettings } from "../sandbox/shell_limits.ts";
import { BRIDGE_SOCKET, bridged, PROXY_ENV } from "../egress/bridge.ts";
import { closedRanges } from "../egress/allowed_hosts.ts";
import type { Egress } from "../egress/egress.ts";
import { jobUser } from "../sandbox/own_user.ts";
import { copyFolder, linkFile } from "../sandbox/shown_copy.ts";
import type { Tools } from "../sandbox/tools.ts";
import type { SkillRun } from "../skill.ts";
import type { ChildInput } from "./child_input.ts";
import { SkillError } from "../skill_error.ts";

/** What a plan needs. */
export interface PlanOptions {
  /** Programs of this machine. */
  readonly tools: Tools;
  /** The sandbox of untrusted commands. */
  readonly sandbox: Sandbox;
  /** The buyers that are served without a sandbox. */
  readonly policy: SandboxPolicy;
}

/** The parts of a {@link ChildSpec} that a plan decides. */
type Plan = Pick<ChildSpec, "command" | "args" | "cwd" | "env" | "passEnv" | "filter"> & {
  /** The part of the work folder to which the child writes. Default: all of it. */
  readonly written?: string;
};

/** Plans a module: its own Deno process with its permissions, in the sandbox. */
export async function denoPlan(
  run: Extract<SkillRun, { type: "deno" }>,
  folder: string,
  request: ChildInput,
  options: PlanOptions,
  limits: { readonly memoryMb: number; readonly processes: number },
  egress: Egress | null = null,
): Promise<Plan> {
  const { tools, sandbox, policy } = options;
  if (tools.deno === null || tools.sh === null) {
    throw new SkillError("cannot_run", "there is no deno on this machine");
  }
  const { permissions } = run;
  const passEnv = permissions.env ?? [];
  const started = (deno: string, skill: string, workdir: string, path: string) => {
    const inSkill = (name: string) => name.startsWith("/") ? name : `${skill}/${name}`;
    const read = [skill, workdir, ...(permissions.read ?? []).map(inSkill)];
    const write = [workdir, ...(permissions.write ?? []).map(inSkill)];
    const env = {
      ...baseEnv(request, workdir, path),
      ...(egress !== null && PROXY_ENV),
      DENO_DIR: `${workdir}/.deno`,
      DENO_NO_UPDATE_CHECK: "1",
    };
    const flags = [
      ...["--quiet", "--no-prompt", "--cached-only", "--no-remote", "--no-config", "--no-lock"],
      `--v8-flags=--max-old-space-size=${limits.memoryMb}`,
      `--allow-read=${read.join(",")}`,
      `--allow-write=${write.join(",")}`,
      // The variable is allowed even if it is not set, so that a module can check whether it is.
      `--allow-env=${[...new Set([...Object.keys(env), MESSAGE_VARIABLE, ...passEnv])].join(",")}`,
    ];
    const net = permissions.net ?? [];
    if (net.length > 0) flags.push(`--allow-net=${net.join(",")}`);
    // Without the proxy, Deno itself keeps names of the list from leading to this machine and its network.
    if (net.length > 0 && egress === null) flags.push(`--deny-net=${closedRanges(net).join(",")}`);
    return { env, command: [deno, "run", ...flags, `${skill}/${run.module}`] };
  };
  if (sandbox.type === "none") {
    await writeViews(request, request.workdir);
    // Deno's own permissions are sufficient for results and messages, but not for jobs of buyers outside the allow list.
    if (isJobRequestKind(request.kind)) refuseStrangers(sandbox, policy, request);
    const { env, command } = started(tools.deno, folder, request.workdir, tools.path);
    return {
      command: tools.sh,
      args: ["-c", limitedShell({ ...limits, processes: null }), "sh", ...command],
      cwd: request.workdir,
      env,
      passEnv,
    };
  }
  const own = ownersPaths(permissions, folder);
  // The owner's files are read with the owner's rights, if the sandbox supports it.
  const mode = own.length > 0 && sandbox.userNamespace ? "user" : sandbox.mode;
  const counted = sandbox.limitsProcesses && mode === sandbox.mode;
  const { job, binds } = await shownFolders(folder, request, tools, mode);
  const from = await linkFile(tools.deno, `${request.workdir}/deno`, tools);
  const { env, command } = started("/opt/job/deno", "/skill", "/job", SYSTEM_PATH);
  return {
    ...sandboxed({ ...sandbox, mode }, {
      binds: [...binds, { from, to: "/opt/job/deno" }, ...own, ...wayOut(egress)],
      temp: job,
      seed: request.workdir,
      owned: true,
      cwd: "/job",
      env,
      setup: limitSettings({ ...limits, processes: counted ? limits.processes : null }),
      command: led(egress, tools, command),
    }, request.workdir),
    passEnv,
    written: job,
  };
}

/**
 * The paths that the owner lets a skill read and write in addition to its folder. The sandbox shows them at their own paths; missing ones
 * are left out.
 */
function ownersPaths(
  { read = [], write = [] }: {
    readonly read?: readonly string[];
    readonly write?: readonly string[];
  },
  folder: string,
): { from: string; to: string; write: boolean; ofOwner: true }[] {
  const shown = (path: string, write: boolean) => {
    const at = path.startsWith("/") ? path : `/skill/${path}`;
    if (/^\/(tmp|var\/tmp|dev|proc|job)(\/|$)/.test(at)) {
      throw new SkillError("cannot_run", `${path}: a job has its own /${at.split("/")[1]}`);
    }
    return {
      from: path.startsWith("/") ? path : `${folder}/${path}`,
      to: at,
      write,
      ofOwner: true as const,
    };
  };
  return [
    ...read.filter((path) => path.startsWith("/")).map((path) => shown(path, false)),
    ...write.map((path) => shown(path, true)),
  ];
}

/** Prepares the folders of skill and job for the sandbox. */
async function shownFolders(
  folder: string,
  request: ChildInput,
  tools: Tools,
  mode: "user" | "root",
) {
  const { workdir } = request;
  const [job, shown] = [`${workdir}/job`, `${workdir}/skill`];
  await Deno.mkdir(job, { mode: 0o700 });
  const written = await writeViews(request, job);
  const user = jobUser(mode, workdir);
  if (user !== null) { for (const path of [job, ...written]) await Deno.chown(path, user, user); }
  // In mode `root` the job has its own user id, which cannot read files that only their owner may read.
  await copyFolder(folder, shown, tools, { readable: mode === "root" });
  return { job, binds: [{ from: shown, to: "/skill" }, { from: job, to: "/job", write: true }] };
}

function refuseStrangers(sandbox: Sandbox, policy: SandboxPolicy, { event }: ChildInput): void {
  if (event !== null && mayRun(sandbox, policy, event.pubkey)) return;
  throw new SkillError("sandbox_required", "no sandbox here, and the author is not on the list");
}

/** Plans a command, in the sandbox, or without one if the skill's owner allows it. */
export async function commandPlan(
  run: Extract<SkillRun, { type: "command" }>,
  folder: string,
  request: ChildInput,
  options: PlanOptions,
  limits: { readonly memoryMb: number; readonly processes: number },
  egress: Egress | null = null,
): Promise<Plan> {
  const { tools, sandbox, policy } = options;
  if (tools.sh === null) throw new SkillError("cannot_run", "this machine has no sh");
  const [program, ...args] = run.command;
  const place = (at: string) =>
    program.includes("/") ? [`${at}/${program.replace(/^\.\//, "")}`, ...args] : [program, ...args];
  if (!run.sandbox || sandbox.type === "none") {
    // Without a sandbox by the owner's choice, jobs of buyers outside the allow list are refused before payment. Results and messages are
    // accepted.
    if (run.sandbox) refuseStrangers(sandbox, policy, request);
    await writeViews(request, request.workdir);
    return {
      command: tools.sh,
      args: ["-c", limitedShell({ ...limits, processes: null }), "sh", ...place(folder)],
      cwd: request.workdir,
      env: baseEnv(request, request.workdir, tools.path),
      passEnv: run.env,
    };
  }
  const own = ownersPaths({ read: run.read }, folder);
  // As for a module, the owner's files are read with the owner's rights.
  const mode = own.length > 0 && sandbox.userNamespace ? "user" : sandbox.mode;
  const { job, binds } = await shownFolders(folder, request, tools, mode);
  return {
    ...sandboxed({ ...sandbox, mode }, {
      binds: [...binds, ...own, ...wayOut(egress)],
      temp: job,
      seed: request.workdir,
      owned: true,
      cwd: "/job",
      env: { ...baseEnv(request, "/job", SYSTEM_PATH), ...(egress !== null && PROXY_ENV) },
      setup: limitSettings({
        ...limits,
        processes: sandbox.limitsProcesses && mode === sandbox.mode ? limits.processes : null,
      }),
      command: led(egress, tools, place("/skill")),
    }, request.workdir),
    passEnv: run.env,
    written: job,
  };
}

/** The list of hosts, if the skill needs a proxy: in a sandbox, with a list. Otherwise null. */
export function needsEgress(run: SkillRun, sandbox: Sandbox): readonly string[] | null {
  if (run.type === "builtin" || sandbox.type === "none") return null;
  const list = run.type === "deno" ? run.permissions.net ?? [] : run.sandbox ? run.net : [];
  return list.length === 0 ? null : list;
}

function wayOut(egress: Egress | null) {
  return egress === null ? [] : [{ from: egress.socket, to: BRIDGE_SOCKET, socket: true }];
}

function led(
  egress: Egress | null,
  { perl }: Tools,
  command: readonly string[],
): readonly string[] {
  if (egress === null) return command;
  if (!perl?.startsWith("/usr/")) {
    throw new SkillError("cannot_run", "a skill with a list of hosts needs perl on this machine");
  }
  return bridged(perl, command);
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const MESSAGE_VARIABLE = "CROSSTOWN_MESSAGE";
const VIEWS = { event: "event.json", message: "message.json" } as const;

/** Writes the decoded event and message into the run's folder, and returns their paths. Standard input has the received bytes. */
async function writeViews({ event, message }: ChildInput, folder: string): Promise<string[]> {
  const views = [
    ...event === null ? [] : [[VIEWS.event, event]],
    ...message === undefined ? [] : [[VIEWS.message, message]],
  ];
  const written: string[] = [];
  for (const [name, value] of views) {
    const path = `${folder}/${name}`;
    await Deno.writeTextFile(path, JSON.stringify(value), { mode: 0o600 });
    written.push(path);
  }
  return written;
}

function baseEnv(
  request: ChildInput,
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
    ...(request.event && { CROSSTOWN_EVENT: `${workdir}/${VIEWS.event}` }),
    ...(request.message && { [MESSAGE_VARIABLE]: `${workdir}/${VIEWS.message}` }),
  };
}
