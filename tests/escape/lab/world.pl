# What is alive on the operator's machine: servers that answer with the secret and note who came, processes, queues.
#
#   perl world.pl FOLDER SECRET      writes FOLDER/world.env, says "ready", goes on until standard input closes
use strict; use warnings;
use Socket; use POSIX (); use Fcntl;
my ($folder, $secret) = @ARGV;
my $arm = (POSIX::uname())[4] eq 'aarch64';
my (@env, @children, @open);
sub note { my ($name) = @_; open my $f, '>', "$folder/seen/$name"; close $f }
sub in4 { pack_sockaddr_in($_[1], inet_aton($_[0])) }
sub in6 { pack_sockaddr_in6($_[1], Socket::inet_pton(AF_INET6, $_[0])) }

my (%tcp, %udp);
sub tcp { my ($name, $family, $address) = @_;
  socket(my $s, $family, SOCK_STREAM, 0) or return; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($s, $address) && listen($s, 64) or do { warn "$name: $!"; return }; $tcp{$name} = $s }
sub udp { my ($name, $family, $address) = @_;
  socket(my $s, $family, SOCK_DGRAM, 0) or return; bind($s, $address) or do { warn "$name: $!"; return }; $udp{$name} = $s }
tcp('tcp4', AF_INET, in4('127.0.0.1', 7001));
tcp('private4', AF_INET, in4('192.168.77.7', 7001));
tcp('private10', AF_INET, in4('10.66.0.53', 7001));
tcp('public4', AF_INET, in4('203.0.113.9', 443));
tcp('public4smtp', AF_INET, in4('203.0.113.9', 25));
tcp('metadata4', AF_INET, in4('169.254.169.254', 80));
tcp('metadata-alibaba', AF_INET, in4('100.100.100.200', 80));
tcp('tcp6', AF_INET6, in6('::1', 7001));
tcp('private6', AF_INET6, in6('fd66::7', 7001));
tcp('metadata6', AF_INET6, in6('fd00:ec2::254', 80));
tcp('metadata-nat64', AF_INET6, in6('64:ff9b::a9fe:a9fe', 80));
tcp('metadata-6to4', AF_INET6, in6('2002:a9fe:a9fe::1', 80));
tcp('own4', AF_INET, in4('203.0.113.9', 7001));
tcp('neighbour4', AF_INET, in4('203.0.113.11', 7001));
tcp('own6', AF_INET6, in6('2600:1f00::7', 7001));
tcp('listed', AF_INET, in4('198.51.100.10', 80));
tcp('careless', AF_INET, in4('127.0.0.1', 3199));
tcp('dns-tcp', AF_INET, in4('10.66.0.53', 53));
tcp('unix', AF_UNIX, pack_sockaddr_un("$folder/run/docker.sock"));
tcp('abstract', AF_UNIX, pack('S', AF_UNIX) . "\0ct-operator");
udp('udp4', AF_INET, in4('127.0.0.1', 7001));
udp('udp6', AF_INET6, in6('::1', 7001));
udp('dns', AF_INET, in4('10.66.0.53', 53));
udp('multicast', AF_INET, in4('0.0.0.0', 7353));
udp('unixgram', AF_UNIX, pack_sockaddr_un("$folder/run/log.sock"));
chmod 0777, "$folder/run/docker.sock", "$folder/run/log.sock", "$folder/run";

# A proxy that believes everything, as people write them, and the server that a skill may reach.
sub all { my ($to, $bytes) = @_; while (length $bytes) { my $n = syswrite $to, $bytes or exit; substr $bytes, 0, $n, '' } }
sub within { my ($from, $seconds) = @_; my $bits = ''; vec($bits, fileno $from, 1) = 1; return select $bits, undef, undef, $seconds }
sub forked { my ($who, $serve) = @_;
  my $pid = fork; return if $pid || !defined $pid;
  POSIX::close(0); POSIX::close(1); $SIG{PIPE} = 'IGNORE'; alarm 40; $serve->($who); exit }
sub careless { my ($who) = @_;
  my $head = '';
  while ($head !~ /\n\r?\n/) { sysread $who, my $data, 65536 or exit; $head .= $data }
  my ($method, $url) = $head =~ /^(\w+) (\S+)/ or exit;
  my ($at) = $method eq 'CONNECT' ? $url : $url =~ m{^http://([^/?]*)}i;
  my ($first) = $head =~ /^(.*?\n)\r?\n/s;
  my @hosts = $first =~ /\nHost: *([^\r\n]*)/gi;
  $at = $hosts[-1] if @hosts && $method ne 'CONNECT';
  $at =~ s/[\\#].*//; $at =~ s/.*@//;
  my ($host, $port) = $at =~ /^\[(.*)\]:?(\d*)/ ? ($1, $2) : $at =~ /^([^:]*)(?::.*?)?:?\+?(\d*)$/ ? ($1, $2) : exit;
  my ($sane, $up);
  for my $time (1, 2) {
    my ($error, @found) = Socket::getaddrinfo($host, '', { socktype => SOCK_STREAM }); exit if $error || !@found;
    $sane //= $found[0]; next if $time == 1;
    my ($family, $address) = @{$found[0]}{'family', 'addr'};
    substr $address, 2, 2, pack 'n', ($port || 80) & 0xffff;
    socket($up, $family, SOCK_STREAM, 0) && connect($up, $address) or exit;
  }
  all($method eq 'CONNECT' ? ($who, "HTTP/1.1 200 OK\r\n\r\n") : ($up, $head));
  while (1) {
    my $bits = ''; vec($bits, fileno $_, 1) = 1 for $who, $up; select $bits, undef, undef, 30 or exit;
    for ([$who, $up], [$up, $who]) { my ($from, $to) = @$_; next unless vec $bits, fileno $from, 1; sysread $from, my $data, 65536 or exit; all($to, $data) }
  } }
sub listed { my ($who) = @_;
  my ($text, $bytes) = ('', 0);
  while (within($who, 0.4)) { my $n = sysread $who, my $data, 65536 or last; $bytes += $n; $text .= $data if length $text < 200000 }
  note('swallowed') if $bytes > 4_000_000;
  note("asked-$_") for $text =~ /\nHost: (hidden[\w.-]*)/gi;
  return all($who, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n") if $text =~ m{^\w+ (http://[^/]*)?/redirect};
  return all($who, "HTTP/1.1 200 OK\r\n\r\n" . 'x' x 8_000_000) if $text =~ m{^\w+ (http://[^/]*)?/bomb};
  all($who, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nALLOWED") }

# Processes to read, to stop and to kill. Each has the secret in its environment, its arguments, its memory, an open file and its folder.
my $parent = $$;
sub victim { my ($name) = @_;
  my $pid = fork // die "fork: $!";
  if ($pid == 0) {
    setpgrp(0, 0); POSIX::close(0); POSIX::close(1);
    chdir "$folder/home"; $ENV{VICTIM_SECRET} = $secret;
    open my $file, '<', "$folder/home/identity.enc"; POSIX::dup2(fileno $file, 30);
    exec 'perl', '-e', '$SIG{USR1} = sub { open F, ">", shift @ARGV }; my $m = "MEM" . $ENV{VICTIM_SECRET}; sleep 1 while getppid() == ' . $parent . '; exit',
      "$folder/seen/usr1-$name", $secret;
  }
  push @children, $pid; push @env, "VICTIM_\U$name\E=$pid"; return $pid }
my @names = qw(look kill stop tgkill queue pidfd group renice affinity limit oom ionice);
victim($_) for @names;

# System V and POSIX queues, in the lab's own namespace.
my $shm = shmget(0x63740001, 4096, 01000 | 0666); shmwrite($shm, $secret, 0, length $secret);
my $queue = msgget(0x63740002, 01000 | 0666); msgsnd($queue, pack('l! a*', 1, $secret), 0) for 1 .. 4;
my $sem = semget(0x63740003, 1, 01000 | 0666);
my ($mq, $text) = ("ct-operator", $secret);
my $q = syscall($arm ? 180 : 240, $mq, O_CREAT | O_RDWR, 0666, 0);
syscall($arm ? 182 : 242, $q, $text, length $text, 0, 0) for 1 .. 4;
open my $dev_shm, '>', "/dev/shm/ct-operator"; print $dev_shm $secret; close $dev_shm;

# A file by its handle, and how its file system is mounted.
my $handle = pack('Ii', 128, 0) . "\0" x 128; my $mount = pack 'i', 0; my $path = "$folder/home/identity.enc";
syscall($arm ? 264 : 303, -100, $path, $handle, $mount, 0);
push @env, 'HANDLE=' . unpack('H*', $handle);
push @env, "CARELESS=127.0.0.1:3199", "BAIT=$folder", "OPERATOR_PID=" . getppid(), map { defined $ENV{$_} ? "$_=$ENV{$_}" : () } 'OPERATOR_TTY';
open my $env, '>', "$folder/world.env" or die "world.env: $!"; print $env map { "$_\n" } @env; close $env;
$| = 1; print "ready\n";

$SIG{CHLD} = 'IGNORE';
my %answered;
my $bits = '';
my %all = (%tcp, %udp);
vec($bits, fileno $_, 1) = 1 for values %all, *STDIN;
while (1) {
  my $ready = $bits;
  next if select($ready, undef, undef, undef) < 0;
  for my $name (keys %tcp) {
    next unless vec $ready, fileno $tcp{$name}, 1;
    accept my $who, $tcp{$name} or next;
    if ($name eq 'careless') { forked($who, \&careless); next }
    if ($name eq 'listed') { forked($who, \&listed); next }
    note($name); syswrite $who, "HTTP/1.0 200 OK\r\nContent-Length: " . length($secret) . "\r\n\r\n$secret";
    push @open, $who; shift @open if @open > 32;
  }
  for my $name (keys %udp) {
    next unless vec $ready, fileno $udp{$name}, 1;
    my $from = recv $udp{$name}, my $data, 2048, 0;
    note($name);
    # A name server that gives the address that the name asks for: 127-0-0-1.evil.test; anything else is 203.0.113.9.
    if ($name eq 'dns' && length $data > 12) {
      my ($at, $question) = (12, '');
      while ((my $length = ord substr $data, $at, 1) > 0) { $question .= substr($data, $at + 1, $length) . '.'; $at += $length + 1; last if $at > length $data }
      note("dns-name-$question") if $question =~ /^[\w.-]{1,100}$/;
      my $asked = unpack 'n', substr $data, $at + 1, 2;
      my $address = $question =~ /^(\d+)-(\d+)-(\d+)-(\d+)\./ ? "$1.$2.$3.$4" : $question =~ /\.listed\.test|^hidden/ ? '198.51.100.10' : '203.0.113.9';
      # One name has another address when it is asked for again, and one has an address of IPv6 alone.
      $address = '169.254.169.254' if $question =~ /^flip/ && $asked == 1 && $answered{$question}++;
      my $six = $question =~ /^x([0-9a-f]{32})\./ ? pack('H*', $1) : '';
      my $has = $six eq '' ? $asked == 1 : $asked == 28;
      my $answer = substr($data, 0, 2) . pack('nnnnn', 0x8180, 1, $has ? 1 : 0, 0, 0) . substr($data, 12, $at + 5 - 12);
      $answer .= pack('nnnNn', 0xc00c, 1, 1, 0, 4) . inet_aton($address) if $has && $six eq '';
      $answer .= pack('nnnNn', 0xc00c, 28, 1, 0, 16) . $six if $has && $six ne '';
      send $udp{$name}, $answer, 0, $from;
    }
  }
  last if vec($ready, fileno STDIN, 1) && !sysread STDIN, my $data, 1024;
}
kill KILL => @children; kill CONT => @children;
unlink '/dev/shm/ct-operator';
