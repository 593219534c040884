/**
 * Attacks that exceed limits. Each is its own job, and succeeded if it ends by itself with exit code 0. `CT_OUTSIDE` is set where there is
 * no sandbox: an attack that only lasts takes a little longer than it may there, and much longer in the sandbox, which may be busy when it
 * is to end it.
 */
import { type Attack, attacks, perl, shell } from "../attack.ts";

/** What each job may take. */
export const BOUNDS = {
  memoryMb: 64,
  processes: 16,
  diskMb: 32,
  files: 500,
  outputBytes: 65_536,
  timeoutMs: 9_000,
} as const;

const HOLD = "select undef, undef, undef, 5;";
const many = (what: string) =>
  `my $made = 0; for (1 .. 60) { my $pid = fork; last unless defined $pid; if (!$pid) { ${what} sleep 9; exit } $made++ } ${HOLD} my $alive = grep { 1 } glob '/proc/[0-9]*/stat'; $made == 60 ? own($made) : nope($made);`;

/** The rows. */
export const LIMITS: readonly Attack[] = attacks("limits", [
  perl("forks more processes than it may", many("")),
  perl("forks processes in sessions of their own", many("POSIX::setsid();")),
  perl(
    "forks processes that fork",
    "pipe(my $in, my $out); pipe(my $end, my $main); for (1 .. 8) { my $p = fork; nope('fork') unless defined $p; next if $p; close $main; for (1 .. 8) { my $q = fork; if (defined $q && !$q) { syswrite $out, 'x'; sysread $end, my $x, 1; exit } } sysread $end, my $x, 1; exit } my $n = 0; alarm 60; $SIG{ALRM} = sub { $n >= 60 ? own($n) : nope($n) }; while ($n < 60) { sysread $in, my $x, 1; $n++ } own($n);",
  ),
  shell(
    "starts programs until there are no more",
    'all=; for i in $(seq 60); do sleep 90 & all="$all $!"; done; sleep 5; for p in $all; do kill -0 $p || exit 1; done; kill $all; echo OWNED; exit 0',
  ),
  perl("takes more memory than it may", `my $x = 'x' x (200 << 20); ${HOLD} own(length $x);`),
  perl(
    "takes the memory in small pieces",
    `my @x; push @x, 'x' x (1 << 20) for 1 .. 200; ${HOLD} own(scalar @x);`,
  ),
  perl(
    "takes the memory in ten processes",
    `for (1 .. 10) { my $p = fork; if (!$p) { my $x = 'x' x (20 << 20); sleep 5; exit 0 } } my $n = 0; while (wait > 0) { $n++ if $? == 0 } $n == 10 ? own($n) : nope($n);`,
  ),
  perl(
    "takes the memory in a shared segment",
    `my $s = shmget(0, 200 << 20, 01000 | 0600) // nope('shmget'); my $x = 'x' x (1 << 20); shmwrite($s, $x, $_ << 20, 1 << 20) or nope('write') for 0 .. 199; ${HOLD} shmctl($s, 0, 0); own('segment');`,
  ),
  perl(
    "takes the memory in a file of memory",
    `my $n = 'x'; my $fd = sys('memfd_create', $n, 0); nope('memfd') if $fd < 0; open my $f, '>&=', $fd; my $x = 'x' x (1 << 20); syswrite $f, $x for 1 .. 200; ${HOLD} (stat $f)[7] == 200 << 20 ? own('memfd') : nope('short');`,
  ),
  perl(
    "takes the memory in the folder of shared memory",
    `open my $f, '>', "/dev/shm/ct-big-$$" or nope('shm'); my $x = 'x' x (1 << 20); (syswrite($f, $x) // 0) == 1 << 20 or nope('write') for 1 .. 200; unlink "/dev/shm/ct-big-$$"; ${HOLD} own('shm');`,
  ),
  perl(
    "writes more to the disk than it may",
    `open my $f, '>', "big-$$"; my $x = 'x' x (1 << 20); syswrite $f, $x for 1 .. 96; ${HOLD} unlink "big-$$"; own('disk');`,
  ),
  perl(
    "writes it in many files",
    `mkdir "many-$$"; for my $n (1 .. 96) { open my $f, '>', "many-$$/$n"; syswrite $f, 'x' x (1 << 20) } ${HOLD} unlink glob "many-$$/*"; own('disk');`,
  ),
  perl(
    "writes it to a file that has no name any more",
    `open my $f, '>', "gone-$$"; unlink "gone-$$"; my $x = 'x' x (1 << 20); syswrite $f, $x for 1 .. 96; ${HOLD} own('unlinked');`,
  ),
  perl(
    "writes it to three temporary folders",
    `my @at = ('/tmp', '/var/tmp', '.'); for my $at (@at) { open my $f, '>', "$at/ct-part-$$-$$"; syswrite $f, 'x' x (1 << 20) for 1 .. 40 } ${HOLD} unlink map { "$_/ct-part-$$-$$" } @at; own('parts');`,
  ),
  perl(
    "makes a file of 3 GiB with a hole",
    "open my $f, '>', \"hole-$$\"; $SIG{XFSZ} = 'IGNORE'; truncate($f, 3 << 30) ? do { unlink \"hole-$$\"; own('hole') } : nope('hole');",
  ),
  perl(
    "makes more files than it may",
    `mkdir "f-$$"; for (1 .. 3000) { open my $f, '>', "f-$$/$_" } ${HOLD} unlink glob "f-$$/*"; own('files');`,
  ),
  perl(
    "makes more folders than it may",
    `mkdir "d-$$"; mkdir "d-$$/$_" for 1 .. 3000; ${HOLD} rmdir for glob "d-$$/*"; own('folders');`,
  ),
  perl(
    "makes more links than it may",
    `mkdir "l-$$"; symlink 'x', "l-$$/$_" for 1 .. 3000; ${HOLD} unlink glob "l-$$/*"; own('links');`,
  ),
  perl(
    "prints more than it may",
    "$SIG{PIPE} = 'IGNORE'; my $n = 0; $n += syswrite(STDOUT, 'x' x 65536) // nope('write') for 1 .. 64; own($n);",
  ),
  perl(
    "complains more than it may",
    "$SIG{PIPE} = 'IGNORE'; my $n = 0; $n += syswrite(STDERR, 'x' x 65536) // nope('write') for 1 .. 64; own($n);",
  ),
  perl("sleeps longer than it may", "sleep($ENV{CT_OUTSIDE} ? 12 : 90); own('time');"),
  perl(
    "computes longer than it may, deaf to signals",
    "$SIG{$_} = 'IGNORE' for qw(TERM HUP INT XCPU); my $until = time + ($ENV{CT_OUTSIDE} ? 12 : 90); 1 while time < $until; own('time');",
  ),
]);
