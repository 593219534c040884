/**
 * A session keyring of its own for each job. The kernel's keyrings are not separated by bubblewrap's namespaces: a process inherits the
 * session keyring of its parent, and the kernel itself looks for keys there, for example for a file system with tickets of the operator.
 * The list of system calls refuses every keyring call of a job. A new, empty keyring holds even if a call gets past that list.
 *
 * Perl joins the keyring, as it sets Landlock. `keyctl` of keyutils would need one more package, and writes a line to standard error. It
 * runs before the sandbox, because inside the call is refused.
 *
 * Perl also makes a session of its own for the job, unless it leads a process group already. Then Deno need not do that, and starts the shell without
 * copying the page tables of this process, which takes milliseconds.
 *
 * In the same step perl asks the kernel for a signal when this process ends, and looks whether it has ended already. Bubblewrap asks for it
 * too, but not whether it comes too late: a job would run on without limits if its provider was killed in these milliseconds.
 *
 * @see https://man7.org/linux/man-pages/man7/session-keyring.7.html
 * @module
 */
import { LAUNCH_PREFIX, NOT_LAUNCHED } from "./launch.ts";
import { SIGNALS } from "./signals.ts";

const [KEYCTL, PRCTL, GETPPID, SETSID] = Deno.build.arch === "aarch64"
  ? [219, 167, 173, 157]
  : [250, 157, 110, 112];
/** PR_SET_PDEATHSIG. */
const SET_SIGNAL = 1;

// KEYCTL_JOIN_SESSION_KEYRING without a name makes an anonymous keyring.
const JOIN = `
my ($signal, $parent) = splice @ARGV, 0, 2;
syscall(${SETSID});
$SIG{$_} = "DEFAULT" for qw(HUP INT QUIT);
if (getpgrp() != $$) { print STDERR "${LAUNCH_PREFIX}a session: $!\\n"; exit ${NOT_LAUNCHED} }
syscall(${PRCTL}, ${SET_SIGNAL}, 0 + $signal, 0, 0, 0);
exit ${NOT_LAUNCHED} if syscall(${GETPPID}) != $parent;
if (syscall(${KEYCTL}, 1, 0) < 0) { print STDERR "${LAUNCH_PREFIX}a session keyring: $!\\n"; exit ${NOT_LAUNCHED} }
exec { $ARGV[0] } @ARGV;
my $missing = $! == 2;
print STDERR "$ARGV[0]: $!\\n"; exit($missing ? 127 : 126);
`;

// KEYCTL_GET_KEYRING_ID of KEY_SPEC_SESSION_KEYRING.
const NAME = `print syscall(${KEYCTL}, 0, -3, 0)`;

/**
 * The words to put before a command and its arguments. They run perl, which joins a new session keyring and becomes the command. The command
 * must be a child of this process, and gets the signal `orphaned` when it ends.
 */
export function inOwnKeyring(perl: string, orphaned: number = SIGNALS.SIGKILL): string[] {
  return [perl, "-e", JOIN, "--", String(orphaned), String(Deno.pid)];
}

/** A command that prints the number of its session keyring, or a negative number. */
export function namesKeyring(perl: string): string[] {
  return [perl, "-e", NAME];
}
