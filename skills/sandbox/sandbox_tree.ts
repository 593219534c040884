/**
 * The files that a job sees, as arguments of bubblewrap: the system read-only, its temporary folders, and what its run binds.
 *
 * @module
 */

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
  /** Whether it is a socket that the command connects to. Default: false. */
  readonly socket?: boolean;
}

/** What a job sees in addition to the system. */
export interface SeenFiles {
  /** The files and folders of the run. */
  readonly binds: readonly SandboxBind[];
  /** The host folder for `/tmp`, `/var/tmp` and `/dev/shm`. Null: `/tmp` is in memory, without a limit. */
  readonly temp: string | null;
  /** Empty folders, for mount points. */
  readonly folders?: readonly string[];
}

/** The temporary folders of a job. */
export const TEMP: readonly string[] = ["/tmp", "/var/tmp", "/dev/shm"];

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

/** The system, read-only. `at` is the path of the tree in which the job starts, without a slash at its end. */
export function systemTree(at = ""): string[] {
  const args = ["--dir", `${at}/etc`, "--dir", `${at}/var`, "--ro-bind", "/usr", `${at}/usr`];
  for (const path of SYSTEM) args.push("--ro-bind-try", path, `${at}${path}`);
  for (const folder of ["/etc/ssl", "/etc/pki", "/etc/pki/tls", "/etc/pki/ca-trust"]) {
    args.push("--dir", `${at}${folder}`);
  }
  for (const name of SETTINGS) args.push("--ro-bind-try", `/etc/${name}`, `${at}/etc/${name}`);
  return args;
}

/** The temporary folders and the files of the run. Throws RangeError if a mount point lies below a folder that a job writes. */
export function runTree(seen: SeenFiles, at = ""): string[] {
  refuseNested(seen);
  const args: string[] = [];
  if (seen.temp === null) args.push("--tmpfs", `${at}/tmp`);
  else for (const folder of TEMP) args.push("--bind", seen.temp, `${at}${folder}`);
  // Only root can open the folders that bubblewrap makes by itself for a mount point.
  const parents = new Set(seen.binds.flatMap(({ to }) => parentFolders(to)));
  for (const folder of [...parents, ...seen.folders ?? []]) args.push("--dir", `${at}${folder}`);
  for (const { from, to, write, ofOwner } of seen.binds) {
    args.push(`${write ? "--bind" : "--ro-bind"}${ofOwner ? "-try" : ""}`, from, `${at}${to}`);
  }
  return args;
}

/**
 * Throws if a mount point is below a folder that a job may have written in an earlier start. There bubblewrap before 0.12 could follow a
 * link out of the sandbox.
 */
function refuseNested({ binds, temp }: SeenFiles): void {
  const written = binds.filter(({ write, ofOwner }) => write && !ofOwner).map(({ to }) => to);
  for (const folder of temp === null ? written : [...written, ...TEMP]) {
    const below = binds.find(({ to }) => to.startsWith(`${folder}/`));
    if (below !== undefined) {
      throw new RangeError(`${below.to} lies below ${folder}, which a job writes`);
    }
  }
}

function parentFolders(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
}
