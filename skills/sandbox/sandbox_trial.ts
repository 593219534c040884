/**
 * Tests the sandbox of this machine with a real job. Each probe tries something forbidden and reports whether the sandbox prevented it.
 *
 * @module
 */
import { type ChildEnd, type ChildSpec, runChild } from "./child.ts";
import { type Sandbox, sandboxed } from "./sandbox.ts";
import { limitSettings } from "./shell_limits.ts";
import type { Tools } from "./tools.ts";
import { makeWorkFolder, removeWorkFolder } from "./work_folder.ts";

/** The result of one probe. */
export interface Probe {
  /** Its name, for example `no-network`. */
  readonly name: string;
  /** Whether the sandbox prevented it. */
  readonly held: boolean;
  /** What the probe tried, and what happened if the sandbox did not prevent it. */
  readonly message: string;
}

/** The sandbox to test, and the places for the test. */
interface Trial {
  readonly tools: Tools;
  readonly sandbox: Extract<Sandbox, { type: "bubblewrap" }>;
  /** The folder in which a temporary folder is made and removed. */
  readonly scratch: string;
  /** A folder of the operator that a job must not see. */
  readonly home: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** The probes inside a job: the name, what is tried, and shell text that exits with 0 if the sandbox prevented it. */
const INSIDE: readonly (readonly [name: string, what: string, script: string])[] = [
  ["no-home", "sees the operator's home", '[ ! -e "$HOME_OF_OPERATOR" ]'],
  ["system-read-only", "writes to /usr", "[ ! -w /usr ]"],
  [
    "settings-read-only",
    "writes to a setting of the kernel",
    "! (: >>/proc/sys/kernel/core_pattern)",
  ],
  [
    "no-network",
    "sees a network device",
    "[ \"$(grep -c : /proc/net/dev)\" = 1 ] && grep -q '^ *lo:' /proc/net/dev",
  ],
  [
    "no-processes",
    "sees processes of others",
    "n=0; for p in /proc/[0-9]*; do n=$((n + 1)); done; [ $n -lt 12 ]",
  ],
  ["no-namespaces", "makes a user namespace", "! unshare --user true"],
  ["no-mounts", "mounts a file system", "! mount -t tmpfs none /job"],
  ["no-capabilities", "has capabilities", "grep -q '^CapEff:.0*$' /proc/self/status"],
  ["no-new-rights", "gets rights from a program", "setpriv -d | grep -q '^no_new_privs: 1$'"],
  ["call-list", "has every system call", "grep -q '^Seccomp:.2$' /proc/self/status"],
  [
    "no-descriptors",
    "has open files of the provider",
    "n=0; for f in /proc/self/fd/*; do n=$((n + 1)); done; [ $n -le 4 ]",
  ],
  ["no-keys", "reads the names of keys", '[ ! -s /proc/keys ] || [ -z "$(cat /proc/keys)" ]'],
  [
    "no-devices",
    "sees devices of the machine",
    // gVisor answers /dev/fuse itself.
    '[ ! -e /dev/kvm ] && [ ! -e /dev/mem ] && [ ! -e /dev/kmsg ] && { [ ! -e /dev/fuse ] || [ -n "$GVISOR" ]; }',
  ],
  ["no-terminal", "opens the operator's terminal", "! (: >/dev/tty)"],
  ["no-variables", "reads variables of the provider", "! env | grep -q '^GASTOWN_'"],
];

/** Jobs that exceed a limit, and how they must end. */
const TOO_MUCH: readonly {
  readonly name: string;
  readonly what: string;
  readonly script: string;
  readonly ends: readonly ChildEnd[];
}[] = [
  {
    name: "memory",
    what: "takes 256 MiB where it has 64",
    // dd holds what it read until somebody reads the pipe.
    script: "dd if=/dev/zero bs=256M count=1 | sleep 12",
    ends: ["memory"],
  },
  {
    name: "processes",
    what: "starts 40 processes where it has 16",
    script: "i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i + 1)); done; wait",
    ends: ["processes", "exit"],
  },
  {
    name: "disk",
    what: "writes 96 MiB where it has 32",
    script: "head -c 100663296 /dev/zero >file; sleep 12",
    ends: ["disk"],
  },
  {
    name: "files",
    what: "makes 3,000 files where it has 500",
    script: "i=0; while [ $i -lt 3000 ]; do : >f$i; i=$((i + 1)); done; sleep 12",
    ends: ["files"],
  },
  {
    name: "output",
    what: "prints 2 MiB where it has 64 KiB",
    script: "head -c 2097152 /dev/zero; sleep 12",
    ends: ["output"],
  },
  { name: "time", what: "runs for 5 s where it has 1", script: "sleep 5", ends: ["timeout"] },
];

/** The time limit of a job beside the other ones, and of one that is tried again alone. */
const BESIDE_MS = 16_000;
const ALONE_MS = 60_000;

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Runs every probe. This takes some seconds. Throws if a job cannot be started. */
export async function trySandbox(trial: Trial): Promise<Probe[]> {
  const folder = `${trial.scratch}/trial-${crypto.getRandomValues(new Uint8Array(6)).toHex()}`;
  await makeWorkFolder(folder);
  try {
    const [inside, outlived, limits] = await Promise.all([
      seenInside(trial, `${folder}/inside`),
      outliving(trial, `${folder}/outliving`),
      Promise.all(TOO_MUCH.map((each) => tooMuch(trial, `${folder}/${each.name}`, each))),
    ]);
    const probes = [...inside, outlived];
    for (const [n, { probe, isLate }] of limits.entries()) {
      const each = TOO_MUCH[n];
      // On a busy machine, jobs that run side by side may not get as far as their limit. Alone, and with more time, they do.
      const alone = isLate && await tooMuch(trial, `${folder}/${each.name}-alone`, each, ALONE_MS);
      probes.push(alone ? alone.probe : probe);
    }
    return probes;
  } finally {
    await removeWorkFolder(folder);
  }
}

async function seenInside(trial: Trial, folder: string): Promise<Probe[]> {
  const lines = INSIDE.map(([name, , script]) =>
    `if ( ${script} ) >/dev/null 2>&1; then echo held ${name}; else echo open ${name}; fi`
  );
  const { stdout } = await job(trial, folder, lines.join("\n"));
  const text = new TextDecoder().decode(stdout.bytes).split("\n");
  return INSIDE.map(([name, what]) => probe(name, what, text.includes(`held ${name}`)));
}

async function outliving(trial: Trial, folder: string): Promise<Probe> {
  const mark = `ct-probe-${crypto.getRandomValues(new Uint8Array(6)).toHex()}`;
  const script =
    `(setsid sh -c 'trap "" TERM HUP; sleep 20; : ${mark}' >/dev/null 2>&1 &) ; sleep 0.2`;
  await job(trial, folder, script);
  const { sh, path } = trial.tools;
  // The mark is passed in two parts, so that the search does not find itself.
  const search =
    `for p in /proc/[0-9]*; do case $(tr '\\0' ' ' <$p/cmdline) in *"$1""$2"*) exit 1 ;; esac; done 2>/dev/null; exit 0`;
  const { code } = await new Deno.Command(sh!, {
    args: ["-c", search, "sh", mark.slice(0, 12), mark.slice(12)],
    clearEnv: true,
    env: { PATH: path },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return probe("no-outliving", "leaves a process behind", code === 0);
}

async function tooMuch(
  trial: Trial,
  folder: string,
  { name, what, script, ends }: (typeof TOO_MUCH)[number],
  timeoutMs: number = script.startsWith("sleep") ? 1_000 : BESIDE_MS,
): Promise<{ readonly probe: Probe; readonly isLate: boolean }> {
  const { end, exitCode } = await job(trial, folder, script, timeoutMs);
  const held = ends.includes(end) && !(end === "exit" && exitCode === 0);
  return {
    probe: probe(`limit-${name}`, what, held, `ended by ${end}, exit code ${exitCode}`),
    isLate: !held && end === "timeout",
  };
}

async function job(trial: Trial, folder: string, script: string, timeoutMs = BESIDE_MS) {
  const { tools, sandbox, clock } = trial;
  const limits = { memoryMb: 64, processes: 16 };
  await Deno.mkdir(folder);
  await Deno.mkdir(`${folder}/job`);
  const processes = sandbox.limitsProcesses ? limits.processes : null;
  const bounds: Omit<ChildSpec, "command" | "args" | "env"> = {
    timeoutMs,
    outputBytes: 65_536,
    sh: tools.sh!,
    path: tools.path,
    tree: { ...limits, disk: { folder: `${folder}/job`, mb: 32, files: 500 } },
    groups: tools.groups,
    clock,
  };
  return await runChild({
    ...bounds,
    ...sandboxed(sandbox, {
      binds: [{ from: `${folder}/job`, to: "/job", write: true }],
      temp: `${folder}/job`,
      seed: folder,
      cwd: "/job",
      env: { PATH, HOME_OF_OPERATOR: trial.home, GVISOR: sandbox.runsc ? "1" : "" },
      setup: limitSettings({ ...limits, processes }),
      command: ["/bin/sh", "-c", script],
    }, folder),
  });
}

function probe(name: string, what: string, held: boolean, how = "it can"): Probe {
  return { name, held, message: held ? what : `${what}: ${how}` };
}
