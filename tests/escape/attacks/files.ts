/** The operator's and other jobs' files: to read, to change, to plant; by path, by link, through `/proc`, by descriptor. */
import { type Attack, attacks, perl, shell } from "../attack.ts";

const changed = (file: string, was: string) => `[ "$(cat "$BAIT/home/${file}")" != '${was}' ]`;
const gone = (number: number) => `[ ! -e "$BAIT/home/precious-${number}" ]`;

/** The rows. */
export const FILES: readonly Attack[] = [
  ...attacks("files", [
    shell("reads the operator's key", 'cat "$BAIT/home/identity.enc"'),
    shell("reads another job's input", 'cat "$BAIT/other-job/input"'),
    shell("lists the operator's home", 'ls "$BAIT/home" | grep -q identity.enc && echo OWNED list'),
    shell(
      "finds keys by their name in all folders",
      'find / -xdev -maxdepth 6 -path "$BAIT/home/identity.enc" -exec cat {} + 2>/dev/null',
    ),
    shell("reads a TLS key of the machine", "cat /etc/ssl/private/machine.key"),
    shell("reads the machine's passwords", "grep -q '^root:' /etc/shadow && echo OWNED shadow"),
    shell(
      "changes the operator's settings",
      'echo evil >>"$BAIT/home/crosstown.toml"',
      changed("crosstown.toml", 'network = "dev"'),
    ),
    shell(
      "adds a key to the operator's authorized_keys",
      'echo ssh-ed25519 AAAA >>"$BAIT/home/authorized_keys"',
      '[ -s "$BAIT/home/authorized_keys" ]',
    ),
    shell("removes a file of the operator", 'rm -f "$BAIT/home/precious-1"', gone(1)),
    shell(
      "renames a file of the operator",
      'mv "$BAIT/home/precious-2" "$BAIT/home/mine"',
      gone(2),
    ),
    shell(
      "opens a folder of the operator to all",
      'chmod 777 "$BAIT/home/keys"',
      '[ "$(stat -c %a "$BAIT/home/keys")" = 777 ]',
    ),
    shell(
      "plants a program in the system's folders",
      "echo evil >/usr/local/games/ls",
      "[ -e /usr/local/games/ls ]",
    ),
    shell(
      "plants a job for cron",
      "mkdir -p /etc/cron.d && echo >/etc/cron.d/ct-escape && rm /etc/cron.d/ct-escape && echo OWNED cron",
    ),
    shell(
      "plants a profile for every shell",
      "echo >/etc/profile.d/ct-escape.sh && rm /etc/profile.d/ct-escape.sh && echo OWNED profile",
    ),
    shell(
      "writes to the folder of programs",
      "cp /bin/true /usr/bin/ct-escape && rm /usr/bin/ct-escape && echo OWNED bin",
    ),
    shell(
      "changes another job's input",
      'echo evil >"$BAIT/other-job/input"',
      '[ "$(cat "$BAIT/other-job/input")" = evil ]',
    ),
    shell(
      "leaves a file for the next job in the shared temporary folder",
      'echo x >"/var/tmp/left-${BAIT##*/}"; exit 0',
      '[ -e "/var/tmp/left-${BAIT##*/}" ]',
    ),
    shell(
      "leaves a file in the machine's shared memory",
      "echo x >/dev/shm/ct-escape-left; exit 0",
      "[ -e /dev/shm/ct-escape-left ]",
    ),
    perl(
      "opens a file by its handle, without a path",
      `
      open(my $system, '<', '/usr') or nope('usr'); my $handle = pack 'H*', $ENV{HANDLE};
      my $fd = sys('open_by_handle_at', fileno $system, $handle, 0); nope('handle') if $fd < 0;
      open my $file, '<&=', $fd; print <$file>;`,
    ),
  ]),
  ...attacks("links", [
    shell(
      "reads the operator's key through a symbolic link",
      'ln -s "$BAIT/home/identity.enc" link-$$ && cat link-$$',
    ),
    shell(
      "reads the operator's key by a hard link",
      'ln "$BAIT/home/identity.enc" hard-$$ && cat hard-$$',
    ),
    shell(
      "writes to the operator's file through a link",
      'ln -s "$BAIT/home/precious-3" out-$$ && echo evil >out-$$',
      changed("precious-3", "precious"),
    ),
    shell(
      "removes a folder through a link",
      'ln -s "$BAIT/home" home-$$ && rm -f home-$$/precious-4',
      gone(4),
    ),
    shell(
      "climbs out of its folder with ..",
      'cat "../../../../../../../../../../$BAIT/home/identity.enc"',
    ),
    shell(
      "replaces the operator's file by a link to its own",
      'ln -sf /nonexistent "$BAIT/home/precious-5"',
      '[ -h "$BAIT/home/precious-5" ]',
    ),
    perl(
      "swaps its file with the operator's in one step",
      `
      open my $f, '>', "swap-$$"; print $f 'evil'; close $f;
      my ($mine, $theirs) = ("swap-$$", "$bait/home/precious-6"); sys('renameat2', -100, $mine, -100, $theirs, 2);`,
      changed("precious-6", "precious"),
    ),
  ]),
  ...attacks("proc", [
    perl(
      "reads through the root of the provider",
      'show("/proc/$ENV{OPERATOR_PID}/root$bait/home/identity.enc");',
    ),
    perl(
      "reads through the root of another process",
      'show("/proc/$ENV{VICTIM_LOOK}/root$bait/home/identity.enc");',
    ),
    perl(
      "reads through the folder of another process",
      'show("/proc/$ENV{VICTIM_LOOK}/cwd/identity.enc");',
    ),
    perl("reads an open file of another process", 'show("/proc/$ENV{VICTIM_LOOK}/fd/30");'),
    perl("reads the environment of another process", 'show("/proc/$ENV{VICTIM_LOOK}/environ");'),
    perl("reads the arguments of another process", 'show("/proc/$ENV{VICTIM_LOOK}/cmdline");'),
    perl(
      "reads the arguments of every process",
      'for (glob "/proc/[0-9]*/cmdline") { show($_) if slurp($_) =~ /usr1-look/ }',
    ),
    perl(
      "reads the memory of another process",
      `
      my $secretly = ''; open my $maps, '<', "/proc/$ENV{VICTIM_LOOK}/maps" or nope('maps');
      open my $mem, '<', "/proc/$ENV{VICTIM_LOOK}/mem" or nope('mem');
      while (<$maps>) { /^([0-9a-f]+)-([0-9a-f]+) rw.*(heap|stack)/ or next; my ($from, $to) = (hex $1, hex $2);
        sysseek $mem, $from, 0; sysread $mem, my $text, $to - $from; print "$1\\n" if $text =~ /((MEM|SECRET=)[0-9a-f]{32})/ }`,
    ),
    perl(
      "reads the environment of its parents, up to the first",
      `
      for (my $pid = getppid; $pid > 0;) { show("/proc/$pid/environ"); $pid = slurp("/proc/$pid/stat") =~ /\\) \\S (\\d+)/ ? $1 : 0 }`,
    ),
    perl(
      "reads where the kernel's code lies",
      "slurp('/proc/kallsyms', 16) =~ /[1-9a-f]/ ? own('kallsyms') : nope('kallsyms');",
    ),
    perl(
      "sets where core files go",
      "sysopen(my $f, '/proc/sys/kernel/core_pattern', O_WRONLY) ? own('core_pattern') : nope('core_pattern');",
    ),
    perl(
      "drops what the machine has cached",
      "sysopen(my $f, '/proc/sys/vm/drop_caches', O_WRONLY) ? own('caches') : nope('caches');",
    ),
    perl(
      "gives out more memory than there is",
      "sysopen(my $f, '/proc/sys/vm/overcommit_memory', O_WRONLY) ? own('overcommit') : nope('overcommit');",
    ),
    perl(
      "writes to the kernel's settings in /sys",
      `
      for (glob '/sys/kernel/*/* /sys/block/*/uevent /sys/class/net/lo/mtu') { next unless -f; sysopen(my $f, $_, O_WRONLY) and own($_) } nope('sys');`,
    ),
    perl(
      "makes a control group",
      `
      for (glob '/sys/fs/cgroup /sys/fs/cgroup/*') { mkdir "$_/ct-escape" and rmdir "$_/ct-escape" and own($_) } nope('cgroup');`,
    ),
    perl(
      "keeps another process from being spared, or has it killed first",
      `open my $f, '>', "/proc/$ENV{VICTIM_OOM}/oom_score_adj"; print $f 999; close $f;`,
      '[ "$(cat /proc/$VICTIM_OOM/oom_score_adj)" = 999 ]',
    ),
  ]),
  ...attacks("descriptors", [
    shell("reads a file that the provider has open", "cat <&7"),
    shell("reads a file that the provider has open under a high number", "bash -c 'cat <&88'"),
    shell("writes to a file that the provider has open", "echo >>/proc/self/fd/7 && echo OWNED"),
    shell("goes on from a folder that the provider has open", "cat /proc/self/fd/8/identity.enc"),
    perl(
      "goes to a folder that the provider has open",
      "open my $d, '<&=', 8 or nope('8'); chdir $d or nope('chdir'); show('keys/wallet');",
    ),
    perl(
      "tries every number for an open file",
      "for (3 .. 255) { open my $f, '<&=', $_ or next; -f $f or next; sysseek $f, 0, 0; sysread $f, my $text, 200; print $text }",
    ),
  ]),
  ...attacks("environment", [
    shell("reads the variables of the provider", "env"),
    perl("reads the variables of its own start", "show('/proc/self/environ');"),
    shell(
      "reads the variables of process 1",
      "tr '\\0' '\\n' </proc/1/environ; tr '\\0' '\\n' </proc/$PPID/environ",
    ),
  ]),
];
