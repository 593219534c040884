/**
 * The sandbox of untrusted commands: bubblewrap with new namespaces of every type (no network), a read-only system, its own temporary
 * folder, no capability and a cleared environment. It ends with its parent, and all its processes end with it.
 *
 * In a user namespace made by root, processes still count as processes of root, which the kernel never limits. If root runs crosstown,
 * bubblewrap therefore makes no user namespace. The command gets a user id that nobody else has, and this user owns the job's folders.
 *
 * Namespaces do not separate everything. A filter of system calls ({@link ../seccomp/job_filter.ts}) forbids the kernel's keyrings. A job
 * can read the real path of each mount in `/proc/self/mountinfo`, so mounted files are in a folder whose name reveals nothing ({@link
 * ./work_place.ts}).
 *
 * {@link ./sandbox_probe.ts} runs bubblewrap to test whether it works on this machine. Without bubblewrap, only buyers on the allow list,
 * and buyers of a network that this program started itself, are served ({@link mayRun}).
 *
 * @module
 */
import type { ChildSpec } from "./child.ts";
import { FILTER_FD } from "./launch.ts";
import { asOwnUser } from "./own_user.ts";
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

/** A file or folder of the host that the sandbox shows. */
interface SandboxBind {
  /** Path on the host. */
  readonly from: string;
  /** Path inside. */
  readonly to: string;
  /** Whether the command may write it. Default: false. */
  readonly write?: boolean;
  /** Whether it belongs to the operator. Then it may be missing, and its owner never changes. Default: false. */
  readonly ofOwner?: boolean;
}

/** The command of a sandbox, and the files that it sees. */
interface SandboxSpec {
  /** The files and folders that it sees in addition to the system. */
  readonly binds: readonly SandboxBind[];
  /** The host folder for `/tmp`, `/var/tmp` and `/dev/shm`. Null: `/tmp` is in memory, without a limit. */
  readonly temp: string | null;
  /** In mode `root`, the user id is computed from this text. Each run needs a different one. */
  readonly seed: string;
  /** The working directory of the command inside. */
  readonly cwd: string;
  /** The environment. The command inherits it from bubblewrap: arguments would be readable inside and outside. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the command has the host's network. Only for skills whose owner gave them the network. */
  readonly network?: boolean;
  /** Empty folders, for mount points. */
  readonly folders?: readonly string[];
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

const SYSTEM = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"];
// For TLS only the certificates: a job in a user namespace made by root may read files of root, for example /etc/ssl/private.
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

/** The fields of {@link ChildSpec} that start bubblewrap. */
type SandboxedChild =
  & Required<Pick<ChildSpec, "command" | "args" | "env" | "filter">>
  & Pick<ChildSpec, "setup">;

/** The fields of a sandbox from which its arguments are made. */
type Found = Pick<
  Extract<Sandbox, { type: "bubblewrap" }>,
  "path" | "mode" | "hidden" | "disablesUserns" | "landlock"
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
  // Limits that root sets outside also apply inside, to the other user of the job. Only a user id that belongs to no other process may use
  // this, because the kernel counts all processes of a user.
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
  refuseNested(spec);
  const args = baseArgs(sandbox, spec.network ?? false);
  if (filtered) args.push("--seccomp", String(FILTER_FD));
  for (const file of sandbox.hidden) args.push("--ro-bind", "/dev/null", file);
  if (spec.temp === null) args.push("--tmpfs", "/tmp");
  else for (const folder of TEMP) args.push("--bind", spec.temp, folder);
  // Only root can open the folders that bubblewrap makes by itself for a mount point.
  const parents = new Set(spec.binds.flatMap(({ to }) => parentFolders(to)));
  for (const folder of [...parents, ...spec.folders ?? []]) args.push("--dir", folder);
  for (const { from, to, write, ofOwner } of spec.binds) {
    args.push(`${write ? "--bind" : "--ro-bind"}${ofOwner ? "-try" : ""}`, from, to);
  }
  // Last, when all mount points exist: everything that is not bound becomes read-only.
  // The kernel settings in /proc belong to root, and a job in a user namespace made by root counts as root there.
  // A build writes the map of its inner user namespace to /proc, so its inner sandbox makes /proc read-only.
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
 * Throws if a mount point is below a folder that a job may have written in an earlier start. There bubblewrap before 0.12 could follow a
 * link out of the sandbox.
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

/** Limits of each process that a shell can set. */
interface ShellLimits {
  readonly memoryMb: number;
  /** Null: not limited, because the kernel would also count processes outside the job. */
  readonly processes: number | null;
}

/** Shell text that sets limits and then runs `"$@"`. */
export function limitedShell(limits: ShellLimits): string {
  return `${limitSettings(limits)}; exec "$@"`;
}

/** Shell text that sets limits. A limit that the shell does not know is ignored, because shells use different options. */
export function limitSettings(limits: ShellLimits): string {
  // JavaScript engines reserve much memory at start and do not start with less than 1 GiB for a process. The watchdog or the control group
  // enforces the requested limit of all processes together.
  const kib = Math.max(limits.memoryMb, 1024) * 1024;
  const lines = ["ulimit -c 0", `ulimit -d ${kib}`, "ulimit -n 1024", "ulimit -f 4194304"];
  const count = limits.processes;
  // The option is -u in bash and busybox, -p in dash.
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

/** The capabilities to change the owner of the folders and to become another user. The command itself has none. */
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
