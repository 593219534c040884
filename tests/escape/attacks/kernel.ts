/** The kernel: calls that a job has no use for, keyrings, namespaces, devices. */
import { type Attack, attacks, notInGvisor, perl, shell } from "../attack.ts";

/** Flags of namespaces. */
const NAMESPACES = {
  user: 0x10000000,
  mount: 0x20000,
  network: 0x40000000,
  process: 0x20000000,
  IPC: 0x8000000,
};

const opens = (path: string, how = "O_RDWR") =>
  `sysopen(my $f, '${path}', ${how}) ? own('${path}') : nope('${path}');`;

const READS_KEY =
  `my ($t, $n) = ('user', 'ct-wallet'); my $k = sys('keyctl', 10, -3, $t, $n, 0); nope('search') if $k < 0;
      my $b = "\\0" x 64; sys('keyctl', 11, $k, $b, 64); print $b;`;
const ASKS_FOR_KEY = "my ($t, $n) = ('user', 'ct-wallet'); got('request_key', $t, $n, 0, 0);";

/** Each in a job of its own that may make every system call: only its keyring keeps it from the operator's keys. */
export const PAST_THE_CALLS: readonly Attack[] = attacks("keyring", [
  perl("reads a key of the operator's session, past the list of calls", READS_KEY),
  perl("asks for a key of the operator, past the list of calls", ASKS_FOR_KEY),
]);

/** The rows. */
export const KERNEL: readonly Attack[] = [
  ...attacks("kernel", [
    perl(
      "makes a map for BPF programs",
      "my $a = pack 'LLLLx56', 2, 4, 4, 1; got('bpf', 0, $a, 72);",
    ),
    perl(
      "counts events of the processor",
      "my $a = pack 'LLQx100', 1, 112, 0; got('perf_event_open', $a, 0, -1, -1, 0);",
    ),
    perl("handles its own page faults, to stop the kernel at will", "got('userfaultfd', 1);"),
    perl("makes an io_uring", "my $a = \"\\0\" x 120; got('io_uring_setup', 4, $a);"),
    perl(
      "traces another process",
      "my $r = sys('ptrace', 16, $ENV{VICTIM_LOOK} + 0, 0, 0); nope('attach') if $r < 0; sys('ptrace', 17, $ENV{VICTIM_LOOK} + 0, 0, 0); own('attach');",
    ),
    perl("is traced by its parent", "got('ptrace', 0, 0, 0, 0);"),
    perl(
      "reads the memory of a process that it made",
      `
      my $secretly = 'within'; my $at = unpack 'J', pack 'p', $secretly; my $child = fork; if (!$child) { sleep 5; exit }
      my $into = "\\0" x 6; my $local = pack 'JJ', unpack('J', pack 'p', $into), 6; my $remote = pack 'JJ', $at, 6;
      my $r = sys('process_vm_readv', $child, $local, 1, $remote, 1, 0); kill KILL => $child; $r == 6 ? own($into) : nope('readv');`,
    ),
    perl(
      "compares what processes share",
      "my $c = fork; if (!$c) { sleep 5; exit } my $r = sys('kcmp', $$ + 0, $c, 2, 0, 0); kill KILL => $c; $r >= 0 ? own($r) : nope('kcmp');",
    ),
    perl(
      "takes an open file out of another process",
      `
      my $p = sys('pidfd_open', $ENV{VICTIM_LOOK} + 0, 0); nope('pidfd') if $p < 0; my $fd = sys('pidfd_getfd', $p, 30, 0); nope('getfd') if $fd < 0;
      show("/proc/self/fd/$fd");`,
    ),
    perl("makes memory that nobody can look into", "got('memfd_secret', 0);"),
    perl("watches all files of a mount", "got('fanotify_init', 0, 0);"),
    perl("reads the kernel's log", "got('syslog', 10, 0, 0);"),
    perl("changes what Ctrl-Alt-Del does", "got('reboot', 0xfee1dead, 672274793, 0, 0);"),
    perl("stops the accounting of processes", "got('acct', 0);"),
    perl("makes readable memory executable", "got('personality', 0x400000);"),
    perl(
      "moves the memory of another process",
      "got('move_pages', $ENV{VICTIM_LOOK} + 0, 0, 0, 0, 0, 0);",
    ),
    perl(
      "moves another process to other memory nodes",
      "my $m = pack 'Q', 1; got('migrate_pages', $ENV{VICTIM_LOOK} + 0, 64, $m, $m);",
    ),
    perl(
      "binds memory to nodes",
      "my $page = 'x' x 16384; my $at = unpack('J', pack 'p', $page) + 4095 & ~4095; got('mbind', $at, 4096, 0, 0, 0, 0);",
    ),
    perl(
      "sets the machine's name",
      "my $n = slurp('/proc/sys/kernel/hostname'); chomp $n; got('sethostname', $n, length $n);",
    ),
    perl("sets the machine's domain", "my $n = '(none)'; got('setdomainname', $n, 6);"),
    perl(
      "has capabilities",
      `my $h = pack 'Li', 0x20080522, 0; my $d = "\\0" x 24; sys('capget', $h, $d); my ($e) = unpack 'L', $d; $e ? own(sprintf '%x', $e) : nope('none');`,
    ),
    perl(
      "becomes root by a program that is set to it",
      `
      $) = '65534 65534'; $( = 65534; if ($> == 0) { POSIX::setuid(65534) } exec '/usr/local/games/suid-id' unless open my $o, '-|', '/usr/local/games/suid-id';
      my $text = join '', <$o>; $text =~ /(euid|uid)=0\\(/ && $text !~ /uid=1000/ ? own($text) : nope($text);`,
    ),
    perl(
      "runs a program of 32 bits, whose calls have other numbers",
      `
      nope('x86 alone') if $arm;
      my $text = "OWNED i386\\n"; my $code = "\\xb8\\x04\\0\\0\\0\\xbb\\x01\\0\\0\\0\\xb9" . pack('L', 0x8048054 + 31) . "\\xba" . pack('L', length $text) . "\\xcd\\x80\\x31\\xdb\\xb8\\x01\\0\\0\\0\\xcd\\x80";
      $code = substr($code . "\\x90" x 31, 0, 31) . $text;
      my $elf = "\\x7fELF\\1\\1\\1" . "\\0" x 9 . pack('SSLLLLLSSSSSS', 2, 3, 1, 0x8048054, 52, 0, 0, 52, 32, 1, 0, 0, 0) . pack('LLLLLLLL', 1, 0, 0x8048000, 0x8048000, 84 + length $code, 84 + length $code, 5, 4096) . $code;
      open my $f, '>', "i386-$$"; print $f $elf; close $f; chmod 0755, "i386-$$"; exec "./i386-$$" or nope('exec');`,
    ),
    perl(
      "jumps into the calls of 32 bits from a program of 64",
      `
      nope('x86 alone') if $arm;
      my $text = "OWNED int80\\n"; my $code = "\\xb8\\x04\\0\\0\\0\\xbb\\x01\\0\\0\\0\\xb9" . pack('L', 0x400078 + 34) . "\\xba" . pack('L', length $text) . "\\xcd\\x80\\xb8\\x3c\\0\\0\\0\\x31\\xff\\x0f\\x05";
      $code = substr($code . "\\x90" x 34, 0, 34) . $text;
      my $elf = "\\x7fELF\\2\\1\\1" . "\\0" x 9 . pack('SSLQQQLSSSSSS', 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0) . pack('LLQQQQQQ', 1, 5, 0, 0x400000, 0x400000, 120 + length $code, 120 + length $code, 4096) . $code;
      open my $f, '>', "int80-$$"; print $f $elf; close $f; chmod 0755, "int80-$$"; exec "./int80-$$" or nope('exec');`,
    ),
  ]),
  ...attacks("keyring", [
    perl("reads a key of the operator's session", READS_KEY),
    perl("asks for a key of the operator", ASKS_FOR_KEY),
    perl(
      "adds a key to the operator's session",
      "my ($t, $n, $v) = ('user', 'evil', 'x'); got('add_key', $t, $n, $v, 1, -3);",
    ),
    perl("names the keyring of the session", "got('keyctl', 0, -3, 0);"),
    perl(
      "reads the names of the keys",
      "slurp('/proc/keys') =~ /ct-wallet/ ? own('keys') : nope('keys');",
    ),
  ]),
  ...attacks("namespaces", [
    ...Object.entries(NAMESPACES).map(([kind, flag]) =>
      perl(`unshares a ${kind} namespace`, `got('unshare', ${flag});`)
    ),
    perl(
      "clones into a user namespace",
      `my $r = sys('clone', ${
        0x10000000 | 17
      }, 0, 0, 0, 0); exit 0 if $r == 0; $r > 0 ? own($r) : nope('clone');`,
    ),
    perl(
      "clones into a network namespace",
      `my $r = sys('clone', ${
        0x40000000 | 17
      }, 0, 0, 0, 0); exit 0 if $r == 0; $r > 0 ? own($r) : nope('clone');`,
    ),
    perl(
      "clones by arguments that no filter sees",
      `my $a = pack 'Q8', ${0x10000000}, 0, 0, 0, 17, 0, 0, 0; my $r = sys('clone3', $a, 64); exit 0 if $r == 0; $r > 0 ? own($r) : nope('clone3');`,
    ),
    shell("makes a user namespace with unshare", "unshare --user --map-root-user echo OWNED"),
    perl(
      "enters the namespaces of another process",
      'open my $f, "<", "/proc/$ENV{VICTIM_LOOK}/ns/net" or nope("ns"); got("setns", fileno $f, 0);',
    ),
    perl(
      "enters the mounts of the provider",
      'open my $f, "<", "/proc/$ENV{OPERATOR_PID}/ns/mnt" or nope("ns"); got("setns", fileno $f, 0);',
    ),
    perl(
      "mounts a file system",
      `mkdir "m-$$"; my ($t, $at) = ('tmpfs', "m-$$"); my $r = sys('mount', $t, $at, $t, 0, 0); $r == 0 ? (sys('umount2', $at, 2), own('mount')) : nope('mount');`,
    ),
    perl(
      "binds a folder elsewhere",
      `mkdir "b-$$"; my ($t, $at) = ('/usr', "b-$$"); my $r = sys('mount', $t, $at, 0, 4096, 0); $r == 0 ? (sys('umount2', $at, 2), own('bind')) : nope('bind');`,
    ),
    perl("opens a file system without mounting it", "my $t = 'tmpfs'; got('fsopen', $t, 0);"),
    perl("takes a mount as a descriptor", "my $p = '/'; got('fspick', -100, $p, 0);"),
    perl("clones the tree of mounts", "my $p = '/'; got('open_tree', -100, $p, 1);"),
    perl(
      "changes how a mount is mounted",
      "my $p = '/proc'; my $a = pack 'QQQQ', 0, 0, 0, 0; got('mount_setattr', -100, $p, 0, $a, 32);",
    ),
    perl("changes its root folder", "my $p = '.'; got('chroot', $p);"),
    perl(
      "lifts what covers a file",
      `my $p = '/usr/local/src'; my $r = sys('umount2', $p, 2); $r == 0 ? own('umount') : nope('umount');`,
    ),
    perl(
      "makes the system writable",
      "my ($p, $n) = ('/usr', 'none'); system 'mount --bind /usr /usr 2>/dev/null'; my $r = sys('mount', $n, $p, 0, 32 | 4096, 0); sys('umount2', $p, 2) if $r == 0; $r == 0 ? own('remount') : nope('remount');",
    ),
    perl(
      "lists the machine's mounts",
      "my $r = pack 'LLQQQ', 32, 0, -1, 0, 0; my $b = \"\\0\" x 4096; my $n = sys('listmount', $r, $b, 512, 0); $n > 0 ? own($n) : nope('listmount');",
    ),
  ]),
  ...attacks("devices", [
    perl(
      "opens a disk of the machine",
      `for (glob '/dev/[vsx]d? /dev/nvme?n? /dev/loop?') { sysopen(my $f, $_, O_RDONLY) and own($_) } nope('disk');`,
    ),
    perl(
      "makes a node of a disk",
      `system('mknod', "disk-$$", 'b', 7, 0) == 0 or nope('mknod'); sysopen(my $f, "disk-$$", O_RDONLY) and own('disk'); nope('open');`,
    ),
    perl(
      "makes a node of the kernel's log",
      `system('mknod', "kmsg-$$", 'c', 1, 11) == 0 or nope('mknod'); sysopen(my $f, "kmsg-$$", O_RDONLY | O_NONBLOCK) ? own('kmsg') : nope('open');`,
    ),
    perl("reads the kernel's log as a device", opens("/dev/kmsg", "O_RDONLY | O_NONBLOCK")),
    notInGvisor(
      perl("makes a file system of its own (FUSE)", opens("/dev/fuse")),
      "the device is gVisor's own: its file systems are in gVisor, not in the kernel",
    ),
    notInGvisor(
      perl("makes a network device", opens("/dev/net/tun")),
      "the device is gVisor's own: it belongs to gVisor's network, which has no way out",
    ),
    perl("asks where its machine's host is (VSOCK)", opens("/dev/vsock", "O_RDONLY")),
    perl("makes a virtual machine", opens("/dev/kvm")),
    shell(
      "makes its files undeletable",
      "touch fixed-$$ && chattr +i fixed-$$ && chattr -i fixed-$$ && echo OWNED",
    ),
  ]),
];
