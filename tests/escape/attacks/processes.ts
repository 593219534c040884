/** Other processes: ending them, slowing them down, talking to them; the terminal; processes that outlive the job. */
import { type Attack, attacks, notInGvisor, perl, shell } from "../attack.ts";

const ended = (name: string) => `! grep -q '^State:.[RSD]' /proc/$VICTIM_${name}/status`;

/** The rows. */
export const PROCESSES: readonly Attack[] = [
  ...attacks("signals", [
    perl("kills a process", "kill KILL => $ENV{VICTIM_KILL};", ended("KILL")),
    perl("stops a process", "kill STOP => $ENV{VICTIM_STOP};", ended("STOP")),
    perl(
      "kills a thread",
      "sys('tgkill', $ENV{VICTIM_TGKILL} + 0, $ENV{VICTIM_TGKILL} + 0, 9);",
      ended("TGKILL"),
    ),
    perl(
      "queues a signal",
      "my $i = pack 'iiix116', 9, 0, -1; sys('rt_sigqueueinfo', $ENV{VICTIM_QUEUE} + 0, 9, $i);",
      ended("QUEUE"),
    ),
    perl(
      "signals by a descriptor",
      "my $p = sys('pidfd_open', $ENV{VICTIM_PIDFD} + 0, 0); nope('open') if $p < 0; sys('pidfd_send_signal', $p, 9, 0, 0);",
      ended("PIDFD"),
    ),
    perl("kills a group of processes", "kill -9 => $ENV{VICTIM_GROUP};", ended("GROUP")),
  ]),
  ...attacks("processes", [
    perl(
      "sees the processes of others",
      'kill(0 => $ENV{VICTIM_LOOK}) && slurp("/proc/$ENV{VICTIM_LOOK}/cmdline") =~ /seen/ ? own("seen") : nope("none");',
    ),
    perl(
      "slows a process down",
      "sys('setpriority', 0, $ENV{VICTIM_RENICE} + 0, 19);",
      '[ "$(cut -d\\  -f19 /proc/$VICTIM_RENICE/stat)" = 19 ]',
    ),
    perl(
      "pins a process to one processor",
      "my $m = pack 'Q', 1; sys('sched_setaffinity', $ENV{VICTIM_AFFINITY} + 0, 8, $m);",
      "grep -q '^Cpus_allowed_list:.0$' /proc/$VICTIM_AFFINITY/status",
    ),
    perl(
      "limits the open files of a process",
      "my $l = pack 'QQ', 5, 5; sys('prlimit64', $ENV{VICTIM_LIMIT} + 0, 7, $l, 0);",
      "grep -q '^Max open files *5 ' /proc/$VICTIM_LIMIT/limits",
    ),
    perl(
      "slows the disk of a process down",
      "sys('ioprio_set', 1, $ENV{VICTIM_IONICE} + 0, 3 << 13) == 0 ? own('ioprio') : nope('ioprio');",
    ),
    notInGvisor(
      perl(
        "runs before all others",
        "setpriority(0, 0, -10); my $n = getpriority(0, 0); $n < 0 ? own($n) : nope($n);",
      ),
      "gVisor only stores the number: the priority of its own processes stays",
    ),
    perl("runs in real time", "my $p = pack 'i', 1; got('sched_setscheduler', 0, 1, $p);"),
  ]),
  ...attacks("ipc", [
    perl(
      "reads a shared memory segment",
      "my $s = shmget(0x63740001, 0, 0); nope('none') unless defined $s; shmread($s, my $x, 0, 64); print $x;",
    ),
    perl(
      "takes a message off a queue",
      "my $q = msgget(0x63740002, 0); nope('none') unless defined $q; msgrcv($q, my $x, 64, 0, 04000); print $x;",
    ),
    perl(
      "sets a semaphore",
      "my $s = semget(0x63740003, 1, 0); nope('none') unless defined $s; semctl($s, 0, 16, 7) ? own('sem') : nope('sem');",
    ),
    perl(
      "takes a message off a POSIX queue",
      "my $n = 'ct-operator'; my $q = sys('mq_open', $n, O_RDWR | O_NONBLOCK, 0, 0); nope('none') if $q < 0; my $b = \"\\0\" x 8192; sys('mq_timedreceive', $q, $b, 8192, 0, 0); print $b;",
    ),
    shell("reads a file in shared memory", "cat /dev/shm/ct-operator"),
  ]),
  ...attacks("terminal", [
    perl(
      "types into the operator's terminal",
      "sysopen(my $t, '/dev/tty', O_RDWR) or nope('tty'); my $c = 'x'; ioctl($t, 0x5412, $c) ? own('typed') : nope('TIOCSTI');",
    ),
    perl(
      "writes to the operator's terminal",
      "sysopen(my $t, '/dev/tty', O_WRONLY) or nope('tty'); syswrite($t, \"\\e]0;evil\\a\") ? own('tty') : nope('write');",
    ),
    perl(
      "opens the operator's terminal by its name",
      "sysopen(my $t, $ENV{OPERATOR_TTY}, O_RDWR | O_NOCTTY) ? own('pts') : nope('pts');",
    ),
    perl(
      "takes the terminal away from the operator's session",
      "sysopen(my $t, '/dev/tty', O_RDWR) or nope('tty'); ioctl($t, 0x5422, 0) ? own('TIOCNOTTY') : nope('TIOCNOTTY');",
    ),
    perl(
      "is in the session of the operator's terminal",
      "my $s = slurp('/proc/self/stat'); $s =~ /\\) \\S \\d+ \\d+ \\d+ (-?\\d+)/; $1 ? own($1) : nope('none');",
    ),
  ]),
  ...attacks("outliving", [
    ...([
      ["in a session of its own", "POSIX::setsid();"],
      ["by forking twice", "POSIX::setsid(); exit if fork; "],
      ["deaf to signals", "POSIX::setsid(); $SIG{$_} = 'IGNORE' for qw(TERM HUP INT QUIT); "],
      ["in a process group of its own", "setpgrp(0, 0); "],
      ["after it forgot the death of its parent", "POSIX::setsid(); sys('prctl', 1, 0, 0, 0, 0); "],
    ] as const).map(([how, body], at) =>
      perl(
        `goes on when the job is over, ${how}`,
        `my $pid = fork; exit if $pid; ${body} open STDIN, '/dev/null'; open STDOUT, '>/dev/null'; open STDERR, '>/dev/null';
        exec 'perl', '-e', 'sleep 3000', 'ct-outlives-${at}', $bait;`,
        `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q "[c]t-outlives-${at} $BAIT"`,
      )
    ),
    perl(
      "stops itself, so that it is forgotten",
      `my $pid = fork; exit if $pid; POSIX::setsid(); open STDIN, '/dev/null'; open STDOUT, '>/dev/null'; open STDERR, '>/dev/null';
        exec 'perl', '-e', 'kill STOP => $$; sleep 3000', 'ct-outlives-stopped', $bait;`,
      "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q \"[c]t-outlives-stopped $BAIT\"",
    ),
  ]),
];
