/**
 * A session keyring of its own for each job. The kernel's keyrings are not separated by bubblewrap's namespaces: a process inherits the
 * session keyring of its parent, and the kernel itself looks for keys there, for example for a file system with tickets of the operator.
 * The list of system calls refuses every keyring call of a job. A new, empty keyring holds even if a call gets past that list.
 *
 * Perl joins the keyring, as it sets Landlock. `keyctl` of keyutils would need one more package, and writes a line to standard error. It
 * runs before the sandbox, because inside the call is refused.
 *
 * @see https://man7.org/linux/man-pages/man7/session-keyring.7.html
 * @module
 */
import { LAUNCH_PREFIX, NOT_LAUNCHED } from "./launch.ts";

const KEYCTL = Deno.build.arch === "aarch64" ? 219 : 250;

// KEYCTL_JOIN_SESSION_KEYRING without a name makes an anonymous keyring.
const JOIN = `
if (syscall(${KEYCTL}, 1, 0) < 0) { print STDERR "${LAUNCH_PREFIX}a session keyring: $!\\n"; exit ${NOT_LAUNCHED} }
exec { $ARGV[0] } @ARGV;
my $missing = $! == 2;
print STDERR "$ARGV[0]: $!\\n"; exit($missing ? 127 : 126);
`;

// KEYCTL_GET_KEYRING_ID of KEY_SPEC_SESSION_KEYRING.
const NAME = `print syscall(${KEYCTL}, 0, -3, 0)`;

/** The words to put before a command and its arguments. They run perl, which joins a new session keyring and becomes the command. */
export function inOwnKeyring(perl: string): string[] {
  return [perl, "-e", JOIN, "--"];
}

/** A command that prints the number of its session keyring, or a negative number. */
export function namesKeyring(perl: string): string[] {
  return [perl, "-e", NAME];
}
