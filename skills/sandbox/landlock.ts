/**
 * Landlock, a second layer below bubblewrap's mounts: whatever way a job finds to a file that its sandbox does not show, and to write one
 * that it shows read-only, the kernel refuses it by another rule. It also keeps signals and abstract sockets inside.
 *
 * No program of Debian 12 sets it, and a job's list of system calls allows it, so that perl, which leads jobs to their proxy, does it in
 * the last step before the command. It becomes the job's user in the same step, in place of `setpriv`. Each call that fails ends the
 * start: nothing runs with half of it.
 *
 * @see https://docs.kernel.org/userspace-api/landlock.html
 * @module
 */
import { LAUNCH_PREFIX, NOT_LAUNCHED } from "./launch.ts";

/** What a command may do from now on. */
interface LandlockPlan {
  /** Whose user and group it becomes; null to stay who it is. */
  readonly user: number | null;
  /** Paths below which it may read and run files. */
  readonly reads: readonly string[];
  /** Paths below which it may do everything; those that are missing are left out. */
  readonly writes: readonly string[];
}

const [PRCTL, SETGROUPS, SETRESUID, SETRESGID, CAPSET] = Deno.build.arch === "aarch64"
  ? [167, 159, 147, 149, 91]
  : [157, 116, 117, 119, 126];

// Rights by the version of the kernel's interface: 2 moves between folders, 3 truncates, 5 ioctl of devices, 6 signals and sockets.
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

/** The words that make perl take the command's place: the program and its arguments stand behind them. */
export function landlocked(perl: string, { user, reads, writes }: LandlockPlan): string[] {
  const counts = [user === null ? "" : String(user), String(reads.length), String(writes.length)];
  return [perl, "-e", TEXT, "--", ...counts, ...reads, ...writes];
}
