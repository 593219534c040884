/**
 * Tries whether bubblewrap works on this machine, and in which mode. A container or a kernel setting may forbid it.
 *
 * @module
 */
import type { SandboxChoice } from "../../base/sandbox_choice.ts";
import { type ChildResult, type ChildSpec, runChild } from "./child.ts";
import { chosenSandbox } from "./chosen_tier.ts";
import { landlocked } from "./landlock.ts";
import { type Sandbox, sandboxed } from "./sandbox.ts";
import { limitedShell } from "./shell_limits.ts";
import { inOwnKeyring, namesKeyring } from "./session_keyring.ts";
import type { Tools } from "./tools.ts";

type Mode = "user" | "root";

/** A command of the probe ends in milliseconds on a machine that has nothing else to do. */
const PROBE_MS = 30_000;

/**
 * Tries bubblewrap, and the tier that the owner chose. A short-lived file is written to the folder `scratch`. Never throws.
 */
export async function probeSandbox(
  tools: Tools,
  clock: () => number,
  scratch: string,
  choice: SandboxChoice = "bubblewrap",
): Promise<Sandbox> {
  const sandbox = await probeBubblewrap(tools, clock, scratch);
  return await chosenSandbox(sandbox, choice, { tools, clock, scratch });
}

async function probeBubblewrap(
  tools: Tools,
  clock: () => number,
  scratch: string,
): Promise<Sandbox> {
  const { bwrap, sh, path } = tools;
  if (bwrap === null) return { type: "none", reason: "bubblewrap (bwrap) is not installed" };
  if (sh === null) return { type: "none", reason: "there is no sh" };
  let reason = "";
  // The kernel counts the processes of a user: a probe that runs beside this one has another.
  const seed = crypto.randomUUID();
  const run = async (child: Pick<ChildSpec, "command" | "args" | "env" | "filter">) => {
    try {
      const result = await runChild({
        ...child,
        timeoutMs: PROBE_MS,
        outputBytes: 65536,
        sh,
        path,
        clock,
      });
      if (result.exitCode !== 0) {
        reason = firstLine(result.stderr.bytes) || `exit ${result.exitCode}`;
      }
      return result;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      return null;
    }
  };
  const hidden = await filesOfProc(run, sh, path);
  const exitCode = async (
    mode: Mode,
    script: string,
    disablesUserns = false,
    before: readonly string[] = [],
  ): Promise<number | null> => {
    const sandbox = { path: bwrap, mode, hidden, disablesUserns };
    const command = [...before, "/bin/sh", "-c", script];
    const spec = { binds: [], temp: null, seed, cwd: "/", env: { PATH: path }, command };
    const result = await run(sandboxed(sandbox, spec, scratch));
    return result?.end === "exit" ? result.exitCode : null;
  };
  const works = async (...command: Parameters<typeof exitCode>) => await exitCode(...command) === 0;
  const limited = limitedShell({ memoryMb: 1024, processes: FEW });
  const shell = (script: string) => `set -- /bin/sh -c '${script}'; ${limited}`;
  // The limit works if one process can be started and many cannot. A command without an exit code shows nothing.
  const limits = async (mode: Mode) =>
    await works(mode, shell("(:) & wait $!")) &&
    (await exitCode(mode, shell(START_MANY)) ?? 0) !== 0;
  const found = async (
    mode: Mode,
    limitsProcesses: boolean,
    userNamespace: boolean,
  ): Promise<Sandbox> => ({
    type: "bubblewrap",
    path: bwrap,
    mode,
    limitsProcesses,
    userNamespace,
    disablesUserns,
    hidden,
    landlock: tools.perl && await landlocks(mode, tools.perl) ? tools.perl : null,
    keyring: tools.perl && await ownKeyring(tools.perl) ? tools.perl : null,
  });
  // Landlock works if reading /proc succeeds with the right to read everything and fails with the right to read only programs.
  const landlocks = async (mode: Mode, perl: string) => {
    const below = (reads: readonly string[]) =>
      works(mode, READ, false, landlocked(perl, { user: null, reads, writes: [] }));
    return await below(["/"]) && !await below([...PROGRAMS]);
  };
  // It works if a child that joins a keyring is in another one than a child that does not.
  const ownKeyring = async (perl: string) => {
    const [inherited, own] = await Promise.all([[], inOwnKeyring(perl)].map(async (before) => {
      const [command, ...args] = [...before, ...namesKeyring(perl)];
      const result = await run({ command, args, env: { PATH: path } });
      return Number(new TextDecoder().decode(result?.stdout.bytes) || NaN);
    }));
    return own > 0 && own !== inherited;
  };
  const disablesUserns = await works("user", ":", true);
  const user = disablesUserns || await works("user", ":");
  if (user && await limits("user")) return await found("user", true, true);
  if (await works("root", ":") && await limits("root")) return await found("root", true, user);
  if (user) return await found("user", false, true);
  return { type: "none", reason: `bubblewrap does not work here: ${reason}` };
}

/** A limit of processes under which a command of the probe can run, and more than may run under it. */
const FEW = 8;
const MANY = 12;

const READ = "(: </proc/self/status) 2>/dev/null";

/** The folders of a shell and its libraries. */
const PROGRAMS = ["/usr", "/bin", "/lib", "/lib64", "/nix/store"];

const START_MANY = `for i in ${
  Array.from({ length: MANY }, (_, n) => n).join(" ")
}; do sleep 1 & done`;

/**
 * Files with the names and numbers of keys, and kernel tables that only root may read. A file that the kernel does not have is not covered.
 */
const TELLING = [
  "/proc/keys",
  "/proc/key-users",
  "/proc/kcore",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/slabinfo",
  "/proc/timer_list",
  "/proc/vmallocinfo",
];

async function filesOfProc(
  run: (child: Pick<ChildSpec, "command" | "args" | "env">) => Promise<ChildResult | null>,
  sh: string,
  path: string,
): Promise<string[]> {
  const script = 'for f; do if [ -e "$f" ]; then echo "$f"; fi; done';
  const result = await run({
    command: sh,
    args: ["-c", script, "sh", ...TELLING],
    env: { PATH: path },
  });
  const text = new TextDecoder().decode(result?.stdout.bytes);
  return text.split("\n").filter((line) => TELLING.includes(line));
}

function firstLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim().split("\n")[0];
}
