/**
 * Landlock is a second layer below the mounts of bubblewrap. If a job finds a way to a file that its sandbox does not show, or a way to
 * write a read-only file, Landlock still refuses it. It also keeps signals and abstract sockets inside the sandbox.
 *
 * No program of Debian 12 sets Landlock rules. Perl, which also connects jobs to their proxy, sets them in the last step before the
 * command; the list of system calls of a job allows this. In the same step perl becomes the user of the job, instead of `setpriv`. If one
 * call fails, the command is not started.
 *
 * @see https://docs.kernel.org/userspace-api/landlock.html
 * @module
 */
import { LAUNCH_PREFIX, NOT_LAUNCHED } from "./launch.ts";

/** The rights that a command keeps. */
interface LandlockPlan {
  /** The user and group id that it gets. Null: it keeps its own. */
  readonly user: number | null;
  /** Paths below which it may read and run files. */
  readonly reads: readonly string[];
  /** Paths below which it may do everything. Missing paths are ignored. */
  readonly writes: readonly string[];
}

const [PRCTL, SETGROUPS, SETRESUID, SETRESGID, CAPSET] = Deno.build.arch === "aarch64"
  ? [167, 159, 147, 149, 91]
  : [157, 116, 117, 119, 126];

// Rights that each version of the kernel's interface added: 2 moving between folders, 3 truncating, 5 ioctl on devices, 6 signals and
// sockets.
const TEXT = `
sub fail { print STDERR "${LAUNCH_PREFIX}$_[0]: $!\\n"; exit ${NOT_LAUNCHED} }
sub sys { my ($name, $number, @words) = @_; my $got = syscall($number, @words); fail($name) if $got < 0; $got }
my ($user, $reads, $writes) = splice @ARGV, 0, 3;
my ($read, $write, $devices) = (0x800d, 0xffff, 0x4002);
my $version = sys("landlock", 444, 0, 0, 1);
my $all = 0x1fff | ($version > 1 ? 0x2000 : 0) | ($version > 2 ? 0x4000 : 0) | ($version > 4 ? 0x8000 : 0);
my $handled = pack("Q3", $all, 0, $version > 5 ? 3 : 0);
my $set = sys("landlock", 444, $handled, $version > 5 ? 24 : $version > 3 ? 16 : 8, 0);
sub allow {
  my ($path, $rights) = @_;
  sysopen(my $file, $path, 0x280000) or return;
  my $rule = pack("Ql", $rights & $all, fileno $file);
  sys("landlock $path", 445, $set, 1, $rule, 0);
}
allow($_, $read) for splice @ARGV, 0, $reads;
allow($_, $write) for splice @ARGV, 0, $writes;
allow("/dev", $devices);
sys("landlock", 446, $set, 0);
open STDIN, "<", "/dev/null" or fail("/dev/null") if -c STDIN && !-t STDIN;
if ($user ne "") {
  my $id = 0 + $user;
  for (0 .. 63) { last if syscall(${PRCTL}, 24, $_, 0, 0, 0) < 0 }
  sys("setgroups", ${SETGROUPS}, 0, 0);
  sys("setresgid", ${SETRESGID}, $id, $id, $id);
  sys("setresuid", ${SETRESUID}, $id, $id, $id);
  my ($head, $none) = (pack("LL", 0x20080522, 0), pack("L6", (0) x 6));
  sys("capset", ${CAPSET}, $head, $none);
}
exec { $ARGV[0] } @ARGV;
my $missing = $! == 2;
print STDERR "$ARGV[0]: $!\\n"; exit($missing ? 127 : 126);
`;

/** The words to put before a command and its arguments. They run perl, which sets the rules and becomes the command. */
export function landlocked(perl: string, { user, reads, writes }: LandlockPlan): string[] {
  const counts = [user === null ? "" : String(user), String(reads.length), String(writes.length)];
  return [perl, "-e", TEXT, "--", ...counts, ...reads, ...writes];
}
