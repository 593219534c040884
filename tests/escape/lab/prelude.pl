#!/usr/bin/perl
# What every attack begins with. An attack that succeeds prints the secret, or calls own().
use Socket; use Fcntl; use POSIX ();
my $arm = (POSIX::uname())[4] eq 'aarch64';
my %call = map { my ($name, $x86, $arm64) = split / /; $name => $arm ? $arm64 : $x86 } split /,\s*/, <<CALLS =~ s/\n/ /gr;
add_key 248 217, request_key 249 218, keyctl 250 219, ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
kcmp 312 272, pidfd_open 434 434, pidfd_getfd 438 438, pidfd_send_signal 424 424, bpf 321 280, perf_event_open 298 241,
userfaultfd 323 282, io_uring_setup 425 425, mount 165 40, umount2 166 39, chroot 161 51, setns 308 268, unshare 272 97, clone 56 220,
clone3 435 435, open_tree 428 428, fsopen 430 430, fspick 433 433, mount_setattr 442 442, open_by_handle_at 304 265, memfd_secret 447 447,
memfd_create 319 279, reboot 169 142, syslog 103 116, sethostname 170 161, setdomainname 171 162, acct 163 89, personality 135 92, fanotify_init 300 262,
vhangup 153 58, move_pages 279 239, migrate_pages 256 238, kexec_load 246 104, tgkill 234 131, rt_sigqueueinfo 129 138, setpriority 141 140,
sched_setaffinity 203 122, ioprio_set 251 30, prlimit64 302 261, sched_setscheduler 144 119, capget 125 90, mq_open 240 180,
mq_timedreceive 243 183, modify_ldt 154 -1, prctl 157 167, pivot_root 155 41, name_to_handle_at 303 264, swapoff 168 225, clock_settime 227 112,
lookup_dcookie 212 18, quotactl 179 60, process_madvise 440 440, statmount 457 457, listmount 458 458, mbind 237 235, renameat2 316 276
CALLS
sub own { print "OWNED @_\n"; exit 0 }
sub nope { print "no: @_ ($!)\n"; exit 1 }
sub sys { my $name = shift; return syscall $call{$name}, @_ }
sub got { my $r = sys(@_); own("$_[0] gave $r") if $r >= 0; nope($_[0]) }
sub slurp { my ($path, $most) = @_; open my $f, '<', $path or return ''; binmode $f; sysread $f, my $text, $most // 65536; return $text // '' }
sub show { my ($path) = @_; my $text = slurp($path); $text =~ tr/\0/\n/; print $text }
sub tcp { my ($family, $address) = @_; socket(my $s, $family, SOCK_STREAM, 0) or nope('socket');
  connect($s, $address) or nope('connect'); syswrite $s, "GET / HTTP/1.0\r\n\r\n"; sysread $s, my $text, 4096; print $text; exit }
sub in4 { pack_sockaddr_in($_[1], inet_aton($_[0])) }
sub in6 { pack_sockaddr_in6($_[1], Socket::inet_pton(AF_INET6, $_[0])) }
sub udp { my ($family, $address) = @_; socket(my $s, $family, SOCK_DGRAM, 0) or nope('socket'); send($s, 'hello', 0, $address) or nope('send'); exit }
sub proxied { my ($h, $p) = ($ENV{http_proxy} // $ENV{CARELESS}) =~ /([\d.]+):(\d+)/; socket(my $s, AF_INET, SOCK_STREAM, 0) or nope('socket');
  connect($s, in4($h, $p)) or nope('proxy'); return $s }
sub put { my ($s, $text) = @_; $SIG{PIPE} = 'IGNORE'; while (length $text) { my $n = syswrite $s, $text or return 0; substr $text, 0, $n, '' } return 1 }
sub answer { my ($s, $most) = @_; my $text = ''; while (1) { my $bits = ''; vec($bits, fileno $s, 1) = 1; select($bits, undef, undef, 2) or last; sysread $s, my $data, 65536 or last; $text .= $data; last if length $text > ($most // 65536) || $text =~ /\n[0-9a-f]{32}\z/ } return $text }
sub ask { my $s = proxied(); put($s, $_[0]); my $text = answer($s); print $text; exit }
sub get { ask("GET $_[0] HTTP/1.1\r\n" . join('', map { "$_\r\n" } @_[1 .. $#_]) . "\r\n") }
sub tunnel { ask("CONNECT $_[0] HTTP/1.1\r\n\r\n") }
my $bait = $ENV{BAIT};
