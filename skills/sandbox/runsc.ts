/**
 * A stronger sandbox: gVisor's `runsc` inside bubblewrap. gVisor is a kernel in user space. It answers the system calls of the job itself, so
 * a bug in the kernel of the machine is out of a job's reach. Bubblewrap makes the files, the namespaces and the user of the job, as it does
 * without gVisor, and ends every process together. Somebody who breaks out of gVisor is still in bubblewrap.
 *
 * `runsc` runs without rights (`--rootless`), as the user of the job. Its processes see the machine's `/usr` and the tree of the job; the job
 * sees only the tree. With KVM (`--platform=kvm`) gVisor runs the job in a virtual machine.
 *
 * Perl starts `runsc`: it mounts `/proc` where root started bubblewrap, becomes the user of the job, and writes the configuration. The
 * environment comes from its own, so that values of `passEnv` are in no argument. Inside gVisor perl makes the job user 1000 of a user
 * namespace, as bubblewrap does, and sets the filter of system calls.
 *
 * @see https://github.com/opencontainers/runtime-spec/blob/main/config.md
 * @see https://gvisor.dev/docs/architecture_guide/security/
 * @module
 */
import { LAUNCH_PREFIX, NOT_LAUNCHED } from "./launch.ts";
import type { SandboxOverhead } from "./overhead.ts";
import { runTree, type SeenFiles, systemTree } from "./sandbox_tree.ts";

/** The `runsc` of a machine. */
export interface Runsc {
  /** Its path. */
  readonly path: string;
  /** The perl that starts it. */
  readonly perl: string;
  /** Whether it uses KVM. */
  readonly kvm: boolean;
  /** Whether root starts bubblewrap. Then bubblewrap makes no user namespace, because `runsc` makes one. */
  readonly byRoot: boolean;
  /** Whether `ls` works in it. In that of 2022 `ls` and `stat` fail, because it does not know a flag that they use. */
  readonly lists: boolean;
}

/**
 * What `runsc` itself needs, in addition to the limits of a job: about 30 MiB, and processes. gVisor has a thread of the machine in each
 * process of the job for each of its own threads, so it needs far more threads than the job. Inside, gVisor limits the processes.
 */
export const RUNSC_OVERHEAD: SandboxOverhead = {
  ...{ memoryMb: 64, processes: 8, tasks: 256, tasksEach: 24 },
  memoryInFiles: true,
};

/** The exit code of a `runsc` that failed itself. */
export const RUNSC_FAILED = 128;
/** The words with which `runsc` says that it could not start, or that it ended before the job. */
export const RUNSC_FAULT = "running container: ";

/** The tree of the job, below the root of `runsc`. */
export const TREE = "/tree";
const STATE = "/state";

/** Arguments of bubblewrap: the files of `runsc` itself, and below {@link TREE} those of the job. */
export function runscTree({ path, kvm, byRoot }: Runsc, seen: SeenFiles): string[] {
  return [
    ...systemTree(),
    // A user namespace may mount /proc only where nothing covers a part of it, as bubblewrap does for root.
    ...(byRoot ? ["--dir", "/proc"] : ["--proc", "/proc"]),
    ...[
      "--dev",
      "/dev",
      "--tmpfs",
      STATE,
      "--dir",
      "/tmp",
      "--dir",
      "/opt",
      "--ro-bind",
      path,
      OWN_PATH,
    ],
    ...(kvm ? ["--dev-bind-try", "/dev/kvm", "/dev/kvm"] : []),
    ...systemTree(TREE),
    ...runTree(seen, TREE),
    ...["/proc", "/dev", "/sys"].flatMap((folder) => ["--dir", `${TREE}${folder}`]),
    ...["--remount-ro", "/dev", "--remount-ro", "/"],
  ];
}

const OWN_PATH = "/opt/runsc";

/** What root's perl needs: to mount `/proc`, and to let `runsc` make a user namespace that maps root. */
export const RUNSC_CAPABILITIES: readonly string[] = ["CAP_SYS_ADMIN", "CAP_SETFCAP"];
const SETFCAP = 31;

/** A command inside `runsc`. */
interface RunscCommand {
  /** The user and group id that `runsc` gets. Null: it keeps its own. */
  readonly user: number | null;
  /** The working directory inside. */
  readonly cwd: string;
  /** Whether the job connects to a socket of its tree. */
  readonly sockets: boolean;
  /** The filter of system calls of the job. */
  readonly filter: Uint8Array;
  readonly command: readonly string[];
}

/** The words that run a command in `runsc`, inside bubblewrap with {@link runscTree}. */
export function inRunsc(
  { perl, kvm, byRoot }: Runsc,
  { user, cwd, sockets, filter, command }: RunscCommand,
): string[] {
  const config = JSON.stringify({
    ociVersion: "1.0.0",
    process: {
      args: [perl, "-e", INSIDE, "--", filter.toHex(), ...command],
      cwd,
      env: [],
      user: { uid: 0, gid: 0 },
      capabilities: {},
      noNewPrivileges: true,
    },
    root: { path: TREE },
    hostname: "job",
    mounts: [
      { destination: "/proc", type: "proc" },
      // Otherwise runsc covers an empty /tmp with one in memory, where files count as memory.
      { destination: "/tmp", type: "bind", source: `${TREE}/tmp`, options: ["rw"] },
    ],
    linux: { namespaces: NAMESPACES.map((type) => ({ type })) },
  });
  const flags = [
    ...[`--root=${STATE}`, "--rootless", "--network=none", "--ignore-cgroups", "--overlay2=none"],
    // The temporary folders may be the same folder of the machine, so gVisor must not keep what it knows about one of them.
    "--file-access=shared",
    ...(sockets ? ["--host-uds=open"] : []),
    ...(kvm ? ["--platform=kvm"] : []),
  ];
  const who = user === null ? "" : String(user);
  return [
    ...[perl, "-e", OUTSIDE, "--", who, byRoot ? "1" : "", config],
    ...[OWN_PATH, ...flags, "run", `--bundle=${STATE}`, "job"],
  ];
}

const NAMESPACES = ["pid", "network", "ipc", "uts", "mount"];

interface Calls {
  readonly prctl: number;
  readonly mount: number;
  readonly setgroups: number;
  readonly setresuid: number;
  readonly setresgid: number;
  readonly capset: number;
  readonly unshare: number;
}

const CALLS: Calls = Deno.build.arch === "aarch64"
  ? {
    ...{ prctl: 167, mount: 40, setgroups: 159, setresuid: 147, setresgid: 149 },
    ...{ capset: 91, unshare: 97 },
  }
  : {
    ...{ prctl: 157, mount: 165, setgroups: 116, setresuid: 117, setresgid: 119 },
    ...{ capset: 126, unshare: 272 },
  };

const SYS = `
sub fail { print STDERR "${LAUNCH_PREFIX}$_[0]: $!\\n"; exit ${NOT_LAUNCHED} }
sub sys { my ($name, $number, @words) = @_; my $got = syscall($number, @words); fail($name) if $got < 0; $got }
sub powerless {
  my ($id, $keep) = @_;
  for (0 .. 63) { next if defined $keep && $_ == $keep; last if syscall(${CALLS.prctl}, 24, $_, 0, 0, 0) < 0 }
  if (defined $id) {
    sys("setresgid", ${CALLS.setresgid}, $id, $id, $id);
    sys("setresuid", ${CALLS.setresuid}, $id, $id, $id);
  }
  my ($head, $kept) = (pack("LL", 0x20080522, 0), defined $keep ? 1 << $keep : 0);
  my $sets = pack("L6", $kept, $kept, 0, 0, 0, 0);
  sys("capset", ${CALLS.capset}, $head, $sets);
}
sub become { exec { $_[0] } @_; my $missing = $! == 2; print STDERR "$_[0]: $!\\n"; exit($missing ? 127 : 126) }
`;

// A user who may open /dev/kvm by its group keeps this group. Root keeps one capability: it takes it to map root into a user namespace.
const OUTSIDE = `${SYS}
my ($user, $proc, $config) = splice @ARGV, 0, 3;
if ($proc) {
  my ($fs, $at) = ("proc", "/proc");
  sys("mount /proc", ${CALLS.mount}, $fs, $at, $fs, 0xe, 0);
}
sub json { my $text = shift; $text =~ s/([\\x00-\\x1f"\\\\])/sprintf "\\\\u%04x", ord $1/ge; "\\"$text\\"" }
my $env = join ",", map { json("$_=$ENV{$_}") } sort keys %ENV;
$config =~ s/"env":\\[\\]/"env":[$env]/;
open my $file, ">", "${STATE}/config.json" or fail("config.json");
print $file $config; close $file or fail("config.json");
if ($user ne "") {
  my $id = 0 + $user;
  chown $id, $id, "${STATE}", "${STATE}/config.json" or fail("${STATE}");
  my (undef, undef, $mode, undef, undef, $group) = stat "/dev/kvm";
  my @groups = defined $group && $group && ($mode & 060) == 060 ? ($group) : ();
  my $list = pack "L*", @groups;
  sys("setgroups", ${CALLS.setgroups}, 0 + @groups, $list);
  powerless($id);
} elsif ($proc) {
  powerless(undef, ${SETFCAP});
} else { powerless() }
chmod 0600, "${STATE}/config.json";
%ENV = (PATH => "/usr/sbin:/usr/bin:/sbin:/bin");
become(@ARGV);
`;

const INSIDE = `${SYS}
my $filter = pack "H*", shift;
sys("a user namespace", ${CALLS.unshare}, 0x10000000);
for my $map ("uid_map", "gid_map") {
  open my $file, ">", "/proc/self/$map" or fail($map);
  print $file "1000 0 1"; close $file or fail($map);
}
powerless();
sys("no new rights", ${CALLS.prctl}, 38, 1, 0, 0, 0);
my $program = pack "Sx6P", length($filter) / 8, $filter;
sys("the filter", ${CALLS.prctl}, 22, 2, $program);
become(@ARGV);
`;
