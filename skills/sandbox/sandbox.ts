/**
 * The sandbox of untrusted commands: bubblewrap with new namespaces of every type (no network), a read-only system, its own temporary
 * folder, no capability and a cleared environment. It ends with its parent, and all its processes end with it.
 *
 * In a user namespace made by root, processes still count as processes of root, which the kernel never limits. If root runs crosstown,
 * bubblewrap therefore makes no user namespace. The command gets a user id that nobody else has, and this user owns the job's folders.
 *
 * Namespaces do not separate everything. A filter of system calls ({@link ../seccomp/job_filter.ts}) forbids the kernel's keyrings, and
 * each job has a session keyring of its own ({@link ./session_keyring.ts}). A job
 * can read the real path of each mount in `/proc/self/mountinfo`, so mounted files are in a folder whose name reveals nothing ({@link
 * ./work_place.ts}).
 *
 * {@link ./sandbox_probe.ts} runs bubblewrap to test whether it works on this machine. Without bubblewrap, only buyers on the allow list,
 * and buyers of a network that this program started itself, are served ({@link mayRun}).
 *
 * @module
 */
import type { ChildSpec } from "./child.ts";
import { FILTER_FD, STATUS_FD } from "./launch.ts";
import { asOwnUser, jobUser, ownedBy } from "./own_user.ts";
import {
  inRunsc,
  type Runsc,
  RUNSC_CAPABILITIES,
  RUNSC_OVERHEAD,
  runscTree,
  TREE,
} from "./runsc.ts";
import { runTree, type SeenFiles, systemTree, TEMP } from "./sandbox_tree.ts";
import { jobFilter } from "../seccomp/job_filter.ts";

/** The sandbox of this machine. */
export type Sandbox =
  | {
    readonly type: "bubblewrap";
    readonly path: string;
    /** `user`: a user namespace. `root`: started by root; the job runs with its own user id and no capability. */
    readonly mode: "user" | "root";
    /** Whether the kernel enforces a limit of processes inside. If not, only the watchdog does. */
    readonly limitsProcesses: boolean;
    /** Whether mode `user` works too. In this mode a job can read files that only their owner may read. An owner's own skills need this. */
    readonly userNamespace: boolean;
    /** Whether bubblewrap can also forbid user namespaces inside (0.8 and newer). The filter of system calls always refuses them. */
    readonly disablesUserns: boolean;
    /** The path of the perl that sets Landlock. Null or absent if it does not work. */
    readonly landlock?: string | null;
    /** The path of the perl that gives each job a session keyring of its own. Null or absent if it does not work. */
    readonly keyring?: string | null;
    /** gVisor, in which jobs then run inside bubblewrap. Null or absent if the provider does not use it. */
    readonly runsc?: Runsc | null;
    /** Files of `/proc` with information about the host. The sandbox covers them. */
    readonly hidden: readonly string[];
  }
  | { readonly type: "none"; readonly reason: string };

/** Which buyers a provider serves without a sandbox. */
export interface SandboxPolicy {
  /**
   * Whether this program started the network itself, so that its only buyer is the user. A relay address on loopback is no proof of this,
   * because a tunnel may end there.
   */
  readonly ownNetwork: boolean;
  /** Public keys in hex. */
  readonly allowBuyers: readonly string[];
}

/** The command of a sandbox, and the files that it sees. */
interface SandboxSpec extends SeenFiles {
  /** In mode `root`, the user id is computed from this text. Each run needs a different one. */
  readonly seed: string;
  /** The working directory of the command inside. */
  readonly cwd: string;
  /** The environment. The command inherits it from bubblewrap: arguments would be readable inside and outside. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the folders that the command writes already belong to {@link jobUser}. */
  readonly owned?: boolean;
  /** Shell text for the process that becomes the command, for example {@link limitSettings}. It needs no additional shell. */
  readonly setup?: string;
  /** Program and arguments. */
  readonly command: readonly string[];
}

/** Whether a buyer may be served: there is a sandbox, or the policy trusts the buyer. */
export function mayRun(sandbox: Sandbox, policy: SandboxPolicy, buyer: string): boolean {
  return sandbox.type === "bubblewrap" || policy.ownNetwork || policy.allowBuyers.includes(buyer);
}

/** The fields of {@link ChildSpec} that start bubblewrap. */
type SandboxedChild =
  & Required<Pick<ChildSpec, "command" | "args" | "env" | "filter">>
  & Pick<ChildSpec, "setup" | "keyring" | "overhead">;

/** The fields of a sandbox from which its arguments are made. */
type Found = Pick<
  Extract<Sandbox, { type: "bubblewrap" }>,
  "path" | "mode" | "hidden" | "disablesUserns" | "landlock" | "keyring" | "runsc"
>;

/**
 * Returns how to start a command in bubblewrap. `scratch` is a folder of the run that the job does not see; a short-lived file is written
 * there.
 */
export function sandboxed(
  sandbox: Found,
  spec: SandboxSpec,
  scratch: string,
): SandboxedChild {
  if (sandbox.runsc) return runscSandboxed(sandbox, sandbox.runsc, spec, scratch);
  // Limits that root sets outside also apply inside, to the other user of the job. Only a user id that belongs to no other process may use
  // this, because the kernel counts all processes of a user.
  const outside = sandbox.mode === "root" && spec.owned === true;
  const { setup, ...rest } = spec;
  return {
    command: sandbox.path,
    args: sandboxArgs(sandbox, outside ? rest : spec, { filtered: true }),
    env: spec.env,
    ...(outside && setup !== undefined && { setup }),
    keyring: sandbox.keyring ?? null,
    filter: { bytes: jobFilter(), folder: scratch },
  };
}

function runscSandboxed(
  sandbox: Found,
  runsc: Runsc,
  spec: SandboxSpec,
  scratch: string,
): SandboxedChild {
  const own = ownFolders(spec);
  const user = jobUser(sandbox.mode, spec.seed);
  const { setup, cwd, command } = spec;
  const words = inRunsc(runsc, {
    user,
    cwd,
    sockets: spec.binds.some(({ socket }) => socket === true),
    filter: jobFilter(),
    // The limits of each process apply inside: runsc could not start with them.
    command: asOwnUser(null, [], { setup, command, writes: [] }),
  });
  const given = user === null || spec.owned
    ? words
    : ownedBy(user, own.map((folder) => `${TREE}${folder}`), words);
  // runsc makes the user namespace.
  const outer = { ...sandbox, mode: runsc.byRoot ? "root" as const : "user" as const };
  return {
    command: sandbox.path,
    args: [
      ...baseArgs({ ...outer, disablesUserns: false }),
      ...(runsc.byRoot ? RUNSC_CAPABILITIES.flatMap((name) => ["--cap-add", name]) : []),
      ...["--seccomp", String(FILTER_FD)],
      ...runscTree(runsc, spec),
      ...["--chdir", "/", "--", ...given],
    ],
    env: spec.env,
    keyring: sandbox.keyring ?? null,
    overhead: RUNSC_OVERHEAD,
    filter: { bytes: jobFilter("runsc"), folder: scratch },
  };
}

/**
 * The same for the build of an image. The sandbox contains a second sandbox, where the command is root of a user namespace that maps only
 * the job's user. There it may mount, but it cannot undo or change the mounts of the first sandbox, because the kernel locks them. It gets
 * the system calls of builds. The filter of these calls and bubblewrap both forbid another user namespace.
 */
export function buildSandboxed(
  sandbox: Found,
  spec: SandboxSpec,
  scratch: string,
): SandboxedChild {
  const inner = [
    sandbox.path,
    "--die-with-parent",
    ...["--unshare-user", "--uid", "0", "--gid", "0"],
    ...(sandbox.disablesUserns ? ["--disable-userns"] : []),
    ...["--cap-drop", "ALL"],
    ...BUILD_CAPABILITIES.flatMap((capability) => ["--cap-add", capability]),
    ...["--dev-bind", "/", "/", "--remount-ro", "/proc", "--seccomp", String(FILTER_FD)],
    ...["--chdir", spec.cwd, "--", "unshare", "--mount", "--", ...spec.command],
  ];
  // With Landlock the command could not mount.
  const outer = { ...sandbox, disablesUserns: false, landlock: null };
  return {
    command: sandbox.path,
    args: sandboxArgs(outer, { ...spec, command: inner }, { filtered: false }),
    env: spec.env,
    keyring: sandbox.keyring ?? null,
    filter: { bytes: jobFilter("build"), folder: scratch },
  };
}

/** The engine needs them to mount, to change the root, and to set owners and modes of files. A step of a build keeps fewer. */
const BUILD_CAPABILITIES = [
  "CAP_SYS_ADMIN",
  "CAP_SYS_CHROOT",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_SETUID",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETFCAP",
  "CAP_KILL",
  "CAP_NET_BIND_SERVICE",
];

function sandboxArgs(
  sandbox: Found,
  spec: SandboxSpec,
  { filtered }: { readonly filtered: boolean },
): string[] {
  const args = [...baseArgs(sandbox), ...systemTree(), "--proc", "/proc", "--dev", "/dev"];
  if (filtered) args.push("--seccomp", String(FILTER_FD));
  for (const file of sandbox.hidden) args.push("--ro-bind", "/dev/null", file);
  args.push(...runTree(spec));
  // Last, when all mount points exist: everything that is not bound becomes read-only.
  // The kernel settings in /proc belong to root, and a job in a user namespace made by root counts as root there.
  // A build writes the map of its inner user namespace to /proc, so its inner sandbox makes /proc read-only.
  for (const place of filtered ? ["/proc", "/dev", "/"] : ["/dev", "/"]) {
    args.push("--remount-ro", place);
  }
  args.push("--chdir", spec.cwd);
  const own = ownFolders(spec);
  const writes = [...TEMP, ...spec.binds.filter(({ write }) => write).map(({ to }) => to)];
  const last = { ...spec, writes, perl: sandbox.landlock };
  return [...args, "--", ...asOwnUser(sandbox.mode === "user" ? null : spec.seed, own, last)];
}

/** The folders that the command writes and that belong to its run. */
function ownFolders({ binds }: SandboxSpec): string[] {
  return ["/tmp", ...binds.filter(({ write, ofOwner }) => write && !ofOwner).map(({ to }) => to)];
}

function baseArgs({ mode, disablesUserns }: Pick<Found, "mode" | "disablesUserns">): string[] {
  const args = ["--die-with-parent", "--new-session", "--hostname", "job", "--cap-drop", "ALL"];
  args.push("--json-status-fd", String(STATUS_FD));
  args.push(
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--unshare-net",
  );
  if (mode === "user") args.push("--unshare-user", "--uid", "1000", "--gid", "1000");
  if (mode === "user" && disablesUserns) args.push("--disable-userns");
  if (mode === "root") {
    for (const capability of ROOT_CAPABILITIES) args.push("--cap-add", capability);
  }
  return args;
}

/** The capabilities to change the owner of the folders and to become another user. The command itself has none. */
const ROOT_CAPABILITIES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_SETUID",
  "CAP_SETGID",
  "CAP_SETPCAP",
];
