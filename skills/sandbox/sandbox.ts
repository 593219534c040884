/**
 * The sandbox of foreign commands: bubblewrap with every namespace of its own (no network), the system read-only, an own
 * temporary folder, no capability, a cleared environment. It dies with its parent, and all inside die with it.
 *
 * In a user namespace made by root, processes still count as root's, whom the kernel never limits. There bubblewrap runs
 * without one and the command gets a user id that nobody else has, to whom the job's folders are given.
 *
 * Namespaces leave some things common to all: the kernel's keyrings are taken away by a filter of system calls
 * ({@link ./seccomp/job_filter.ts}), and `/proc/self/mountinfo` names the folder behind each mount, so what is bound lies in a
 * folder whose name says nothing ({@link ./work_place.ts}).
 *
 * Whether bubblewrap works here is found by running it ({@link ./sandbox_probe.ts}). Without it only buyers on the allow list,
 * or those of a network that this program started itself, are served ({@link mayRun}).
 *
 * @module
 */
import type { ChildSpec } from "./child.ts";
import { FILTER_FD } from "./launch.ts";
import { asOwnUser } from "./own_user.ts";
import { jobFilter } from "../seccomp/job_filter.ts";

/** What this machine has. */
export type Sandbox =
  | {
    readonly type: "bubblewrap";
    readonly path: string;
    /** `user`: a user namespace. `root`: started by root, inside as a user id of the job's own, without any capability. */
    readonly mode: "user" | "root";
    /** Whether the kernel holds a limit on processes inside; else the watchdog alone does. */
    readonly limitsProcesses: boolean;
    /** Whether mode `user` works too: there files of their owner alone can be read, as an owner's own skills need. */
    readonly userNamespace: boolean;
    /** Whether bubblewrap can also forbid user namespaces inside (0.8 and newer); the filter of system calls refuses them anyway. */
    readonly disablesUserns: boolean;
    /** The perl that sets Landlock inside; null or absent where it cannot. */
    readonly landlock?: string | null;
    /** Files of `/proc` that tell about the host and are covered. */
    readonly hidden: readonly string[];
  }
  | { readonly type: "none"; readonly reason: string };

/** Whom a provider serves without a sandbox. */
export interface SandboxPolicy {
  /**
   * Whether the network is one that this program started itself, whose only buyer is the user. That a relay's address is on loopback
   * says nothing: a tunnel may end there.
   */
  readonly ownNetwork: boolean;
  /** Public keys in hex. */
  readonly allowBuyers: readonly string[];
}

/** Something of the host that is seen inside. */
interface SandboxBind {
  /** Path on the host. */
  readonly from: string;
  /** Path inside. */
  readonly to: string;
  /** Read-only where absent. */
  readonly write?: boolean;
  /** Whether it is the operator's own: it may be missing, and is never given to the user of a job. */
  readonly ofOwner?: boolean;
}

/** What runs inside, and what it sees. */
interface SandboxSpec {
  /** What it sees beside the system. */
  readonly binds: readonly SandboxBind[];
  /** A folder of the host that is `/tmp`, `/var/tmp` and `/dev/shm` inside; null for memory, which nothing limits. */
  readonly temp: string | null;
  /** What the user id of mode `root` is made of; the same for no two runs. */
  readonly seed: string;
  /** Where the command starts, inside. */
  readonly cwd: string;
  /** The environment, inherited from bubblewrap: its own argument list is readable inside and outside. */
  readonly env: Readonly<Record<string, string>>;
  /** Only for skills that their owner gave the network. */
  readonly network?: boolean;
  /** Empty folders, for mount points. */
  readonly folders?: readonly string[];
  /** Whether the folders that it writes belong to {@link jobUser} already. */
  readonly owned?: boolean;
  /** Shell text for the process that becomes the command, e.g. {@link limitSettings}: no further shell is started for it. */
  readonly setup?: string;
  /** Program and arguments. */
  readonly command: readonly string[];
}

/** True when a buyer may be served: there is a sandbox, or the policy trusts it. */
export function mayRun(sandbox: Sandbox, policy: SandboxPolicy, buyer: string): boolean {
  return sandbox.type === "bubblewrap" || policy.ownNetwork || policy.allowBuyers.includes(buyer);
}

const SYSTEM = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"];
// Of TLS the certificates alone: a job in a user namespace made by root may read root's files, and /etc/ssl/private is one.
const SETTINGS = [
  "alternatives",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "ssl/certs",
  "ssl/openssl.cnf",
  "pki/tls/certs",
  "pki/ca-trust/extracted",
  "localtime",
];
const TEMP = ["/tmp", "/var/tmp", "/dev/shm"];

/** How bubblewrap is started: its part of {@link ChildSpec}. */
type SandboxedChild =
  & Required<Pick<ChildSpec, "command" | "args" | "env" | "filter">>
  & Pick<ChildSpec, "setup">;

/** What of a found sandbox its arguments need. */
type Found = Pick<
  Extract<Sandbox, { type: "bubblewrap" }>,
  "path" | "mode" | "hidden" | "disablesUserns" | "landlock"
>;

/** Bubblewrap with all that a sandbox is made of. `scratch` is a folder of the run that is not bound; it takes a short-lived file. */
export function sandboxed(
  sandbox: Found,
  spec: SandboxSpec,
  scratch: string,
): SandboxedChild {
  // What root sets outside holds inside, where the job is another user; whoever is that user outside too would be counted with it.
  const outside = sandbox.mode === "root" && spec.owned === true;
  const { setup, ...rest } = spec;
  return {
    command: sandbox.path,
    args: sandboxArgs(sandbox, outside ? rest : spec, { filtered: true }),
    env: spec.env,
    ...(outside && setup !== undefined && { setup }),
    filter: { bytes: jobFilter(), folder: scratch },
  };
}

/**
 * The same for the build of an image: inside is a second sandbox, where the command is root of a user namespace that maps the job's
 * user alone. It may mount there, and cannot undo or change what the first sandbox mounted: the kernel locks these mounts. It gets the
 * system calls of builds; that it makes no further user namespace is held by them and by bubblewrap.
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
  // Landlock would forbid it to mount.
  const outer = { ...sandbox, disablesUserns: false, landlock: null };
  return {
    command: sandbox.path,
    args: sandboxArgs(outer, { ...spec, command: inner }, { filtered: false }),
    env: spec.env,
    filter: { bytes: jobFilter("build"), folder: scratch },
  };
}

/** Mounts and roots for the engine, owners and modes of files of one user; a step of a build keeps less. */
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
  refuseNested(spec);
  const args = baseArgs(sandbox, spec.network ?? false);
  if (filtered) args.push("--seccomp", String(FILTER_FD));
  for (const file of sandbox.hidden) args.push("--ro-bind", "/dev/null", file);
  if (spec.temp === null) args.push("--tmpfs", "/tmp");
  else for (const folder of TEMP) args.push("--bind", spec.temp, folder);
  // Folders that bubblewrap makes by itself for a mount point are closed to all but root.
  const parents = new Set(spec.binds.flatMap(({ to }) => parentFolders(to)));
  for (const folder of [...parents, ...spec.folders ?? []]) args.push("--dir", folder);
  for (const { from, to, write, ofOwner } of spec.binds) {
    args.push(`${write ? "--bind" : "--ro-bind"}${ofOwner ? "-try" : ""}`, from, to);
  }
  // Last, when all mount points were made: what is not bound cannot be written.
  // The settings of the kernel in /proc belong to root, and a job in a user namespace made by root counts as root there.
  // What makes a user namespace inside writes its map there, and closes it then.
  for (const place of filtered ? ["/proc", "/dev", "/"] : ["/dev", "/"]) {
    args.push("--remount-ro", place);
  }
  args.push("--chdir", spec.cwd);
  const own = [
    "/tmp",
    ...spec.binds.filter((bind) => bind.write && !bind.ofOwner).map((bind) => bind.to),
  ];
  const writes = [...TEMP, ...spec.binds.filter(({ write }) => write).map(({ to }) => to)];
  const last = { ...spec, writes, perl: sandbox.landlock };
  return [...args, "--", ...asOwnUser(sandbox.mode === "user" ? null : spec.seed, own, last)];
}

/**
 * Throws where a mount point would lie below what a job of an earlier start may have written: a link there leads bubblewrap before 0.12
 * out of the sandbox.
 */
function refuseNested({ binds, temp }: SandboxSpec): void {
  const written = binds.filter(({ write, ofOwner }) => write && !ofOwner).map(({ to }) => to);
  for (const folder of temp === null ? written : [...written, ...TEMP]) {
    const below = binds.find(({ to }) => to.startsWith(`${folder}/`));
    if (below !== undefined) {
      throw new RangeError(`${below.to} lies below ${folder}, which a job writes`);
    }
  }
}

/** Bounds of each process that a shell can set. */
interface ShellLimits {
  readonly memoryMb: number;
  /** Null where the kernel would not count the job's processes alone. */
  readonly processes: number | null;
}

/** Shell text that sets limits and then runs `"$@"`. */
export function limitedShell(limits: ShellLimits): string {
  return `${limitSettings(limits)}; exec "$@"`;
}

/** Shell text that sets limits. Unknown limits are left out: a shell names them differently. */
export function limitSettings(limits: ShellLimits): string {
  // JavaScript engines reserve much before they start, so that less than 1 GiB a process keeps them from starting at all;
  // the watchdog holds the sum to what was asked.
  const kib = Math.max(limits.memoryMb, 1024) * 1024;
  const lines = ["ulimit -c 0", `ulimit -d ${kib}`, "ulimit -n 1024", "ulimit -f 4194304"];
  const count = limits.processes;
  // bash and busybox say -u, dash says -p.
  if (count !== null) lines.push(`ulimit -u ${count} || ulimit -p ${count}`);
  return `{ ${lines.map((line) => `${line} || :`).join("; ")}; } 2>/dev/null`;
}

function baseArgs({ mode, disablesUserns }: Found, network: boolean): string[] {
  const args = ["--die-with-parent", "--new-session", "--hostname", "job", "--cap-drop", "ALL"];
  args.push("--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try");
  if (!network) args.push("--unshare-net");
  if (mode === "user") args.push("--unshare-user", "--uid", "1000", "--gid", "1000");
  if (mode === "user" && disablesUserns) args.push("--disable-userns");
  if (mode === "root") {
    for (const capability of ROOT_CAPABILITIES) args.push("--cap-add", capability);
  }
  args.push("--dir", "/etc", "--dir", "/var", "--ro-bind", "/usr", "/usr");
  for (const path of SYSTEM) args.push("--ro-bind-try", path, path);
  const settings = network ? [...SETTINGS, "resolv.conf", "hosts", "nsswitch.conf"] : SETTINGS;
  for (const folder of ["/etc/ssl", "/etc/pki", "/etc/pki/tls", "/etc/pki/ca-trust"]) {
    args.push("--dir", folder);
  }
  for (const name of settings) args.push("--ro-bind-try", `/etc/${name}`, `/etc/${name}`);
  args.push("--proc", "/proc", "--dev", "/dev");
  return args;
}

/** What is needed to hand the folders over and to become another user; gone when the command starts. */
const ROOT_CAPABILITIES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_SETUID",
  "CAP_SETGID",
  "CAP_SETPCAP",
];

function parentFolders(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
}
