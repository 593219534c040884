/**
 * The other end of the proxy, inside the sandbox: programs know proxies by an address, so a small Perl program listens on the job's own
 * loopback and passes every connection to the unix socket. It decides nothing: whoever takes it away takes the job's way out away.
 *
 * Perl, since every Debian has it in the base system and it takes 5 MiB and one process; a second Deno would take more than many jobs.
 *
 * @module
 */

/** Where the proxy's socket is seen inside. */
export const BRIDGE_SOCKET = "/opt/job/egress/socket";
const PORT = 3128;

const ADDRESS = `http://127.0.0.1:${PORT}`;

/** What tells programs of the proxy. */
export const PROXY_ENV: Readonly<Record<string, string>> = {
  http_proxy: ADDRESS,
  https_proxy: ADDRESS,
  HTTP_PROXY: ADDRESS,
  HTTPS_PROXY: ADDRESS,
  no_proxy: "",
  NO_PROXY: "",
  NODE_USE_ENV_PROXY: "1",
};

// It listens before the command starts. Held: 64 connections, further ones are closed at once; and 64 KiB of each direction; a full one is not read.
const PROGRAM = String.raw`
use strict; use Socket; use POSIX ();
my ($path, $port, @command) = @ARGV;
socket(my $listener, AF_INET, SOCK_STREAM, 0) or die "no socket: $!";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
bind($listener, pack_sockaddr_in($port, INADDR_LOOPBACK)) && listen($listener, 64) or die "no port $port: $!";
my $child = fork; die "no process: $!" unless defined $child;
if ($child) { close $listener; exec { $command[0] } @command or do { warn "$command[0]: $!\n"; POSIX::_exit(127) } }
POSIX::setsid(); $SIG{PIPE} = 'IGNORE'; chdir '/';
open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null'; open STDERR, '>', '/dev/null';
my (%peer, %file, %held, %ended);
sub drop { for my $n (@_) { next unless $file{$n}; close delete $file{$n}; delete @{$_}{$n} for \%peer, \%held, \%ended } }
while (1) {
  my ($in, $out) = ('', '');
  vec($in, fileno $listener, 1) = 1;
  for my $n (keys %file) {
    vec($in, $n, 1) = 1 if !$ended{$n} && length $held{$peer{$n}} == 0;
    vec($out, $n, 1) = 1 if length $held{$n};
  }
  next if select($in, $out, undef, undef) < 0;
  if (vec $in, fileno $listener, 1) {
    if (accept my $client, $listener) {
      next if keys %file >= 128;
      socket(my $up, AF_UNIX, SOCK_STREAM, 0) or next;
      if (connect($up, pack_sockaddr_un($path))) {
        my ($one, $two) = (fileno $client, fileno $up);
        for ([$one, $client, $two], [$two, $up, $one]) {
          my ($n, $f, $p) = @$_; $file{$n} = $f; $peer{$n} = $p; $held{$n} = '';
        }
      }
    }
    next;
  }
  for my $n (keys %file) {
    next unless $file{$n};
    my $p = $peer{$n};
    if (vec $in, $n, 1) {
      my $got = sysread $file{$n}, my $data, 65536;
      if (!defined $got) { drop($n, $p); next }
      if ($got == 0) { $ended{$n} = 1; shutdown $file{$p}, 1; drop($n, $p) if $ended{$p}; next }
      $held{$p} = $data;
    }
    if (vec $out, $n, 1) {
      my $sent = send $file{$n}, $held{$n}, 64;
      if (!defined $sent) { drop($n, $p) unless $!{EAGAIN}; next }
      substr $held{$n}, 0, $sent, '';
    }
  }
}
`;

/** The command behind a bridge. */
export function bridged(perl: string, command: readonly string[]): string[] {
  return [perl, "-e", PROGRAM, BRIDGE_SOCKET, String(PORT), ...command];
}
