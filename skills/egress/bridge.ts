/**
 * The bridge to the proxy, inside the sandbox. Programs can use a proxy only by its address. So a small Perl program listens on the job's
 * own loopback, and passes every connection to the proxy's unix socket. It makes no decision: if a job stops it, the job only loses its
 * network.
 *
 * It is written in Perl, because every Debian has Perl in its base system, and it needs only 5 MiB and one process. A second Deno would
 * need more than many jobs.
 *
 * @module
 */

/** The path of the proxy's socket inside the sandbox. */
export const BRIDGE_SOCKET = "/opt/job/egress/socket";
const PORT = 3128;

const ADDRESS = `http://127.0.0.1:${PORT}`;

/** The environment variables that name the proxy to programs. */
export const PROXY_ENV: Readonly<Record<string, string>> = {
  http_proxy: ADDRESS,
  https_proxy: ADDRESS,
  HTTP_PROXY: ADDRESS,
  HTTPS_PROXY: ADDRESS,
  no_proxy: "",
  NO_PROXY: "",
  NODE_USE_ENV_PROXY: "1",
};

// It listens before the command starts. Held: 64 connections (a further one is closed at once), and 64 KiB of each direction of a
// connection. While this buffer is full, the direction is not read.
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

/** The command that starts the bridge and then `command`. */
export function bridged(perl: string, command: readonly string[]): string[] {
  return [perl, "-e", PROGRAM, BRIDGE_SOCKET, String(PORT), ...command];
}
