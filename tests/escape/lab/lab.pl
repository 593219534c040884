# The place in which the attacks are run: namespaces of its own (network, mounts, IPC, host name), so that nothing of the machine is
# touched, with what an operator's machine has and a job should not reach.
#
#   unshare --mount --net --ipc --uts perl lab.pl FOLDER SECRET COMMAND...
#
# FOLDER is empty; SECRET is what an attack is after. The command gets a controlling terminal, open descriptors 7 (a secret file),
# 8 (the folder of the home) and 88 (a secret file), and a session keyring with a key in it.
use strict; use warnings;
use Socket; use Fcntl; use POSIX ();
$^F = 1000;
my ($folder, $secret, @command) = @ARGV;
my $arm = (POSIX::uname())[4] eq 'aarch64';

# Addresses of the loopback device: this machine's own, public ones too, a private network's, and where clouds keep their metadata.
socket(my $any, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
my $up = pack 'Z16 s x22', 'lo', 1 | 0x40;
ioctl($any, 0x8914, $up) or die "lo up: $!";
my $n = 0;
for my $address ('10.66.0.53', '169.254.169.254', '192.168.77.7', '100.100.100.200', '203.0.113.9') {
  my $name = 'lo:' . ++$n;
  ioctl($any, 0x8916, my $set = pack 'Z16 s n a4 x16', $name, AF_INET, 0, inet_aton($address)) or die "$address: $!";
}
if (socket(my $six, AF_INET6, SOCK_DGRAM, 0)) {
  for my $address ('2600:1f00::7', 'fd00:ec2::254', 'fd66::7', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1') {
    ioctl($six, 0x8916, my $set = pack 'a16 L i', Socket::inet_pton(AF_INET6, $address), 128, 1) or warn "$address: $!";
  }
}
# A host of the internet is no address of this machine, yet led here: a local route (RTM_NEWROUTE, table local).
socket(my $route, 16, SOCK_RAW, 0) or die "netlink: $!";
send $route, pack('L S S L L C8 L S S a4 S S L', 44, 24, 0x405, 1, 0, AF_INET, 32, 0, 0, 255, 3, 254, 2, 0, 8, 1, inet_aton('198.51.100.10'), 8, 4, 1), 0;
sysread $route, my $said, 4096; die "route: ", unpack 'x16 l', $said if unpack 'x16 l', $said;

sub put { my ($path, $text, $mode) = @_;
  open my $file, '>', $path or die "$path: $!"; print $file $text; close $file; chmod $mode // 0600, $path }
mkdir "$folder/$_" for qw(home home/keys other-job seen run);
put("$folder/home/identity.enc", "$secret\n");
put("$folder/home/crosstown.toml", "network = \"dev\"\n", 0644);
put("$folder/home/authorized_keys", "");
put("$folder/home/keys/wallet", "$secret\n");
put("$folder/other-job/input", "$secret\n", 0644);
put("$folder/home/precious-$_", "precious\n") for 1 .. 6;

# In the machine's own folders, for this lab alone: another lab may run beside it. An attack takes the last one away, so nothing else may count on it.
my @own = ('/dev/shm', '/etc/ssl/private', '/usr/local/games', '/usr/local/src');
for (@own) { mkdir $_; system('mount', '-t', 'tmpfs', 'tmpfs', $_) == 0 or die "mount $_" }
put('/etc/ssl/private/machine.key', "$secret\n");
system('cp', (grep { -x } '/usr/bin/id', '/bin/id')[0], '/usr/local/games/suid-id'); chmod 04755, '/usr/local/games/suid-id';
put("$folder/resolv.conf", "nameserver 10.66.0.53\noptions timeout:1 attempts:1\n", 0644);
system('mount', '--bind', "$folder/resolv.conf", '/etc/resolv.conf');

# A session keyring of the operator's, with a key.
my ($type, $name, $value) = ('user', 'ct-wallet', $secret);
syscall($arm ? 219 : 250, 1, 0);
syscall($arm ? 217 : 248, $type, $name, $value, length $value, -3);

# Open files of whoever started the provider.
for (['identity.enc', 7, O_RDWR], ['', 8, O_RDONLY], ['keys/wallet', 88, O_RDONLY]) {
  my ($path, $fd, $how) = @$_;
  my $at = POSIX::open("$folder/home/$path", $how) or die "$path: $!";
  POSIX::dup2($at, $fd); POSIX::close($at) if $at != $fd;
}

# A controlling terminal; what is typed into it is read here.
sysopen(my $master, '/dev/ptmx', O_RDWR | O_NOCTTY) or die "ptmx: $!";
ioctl($master, 0x40045431, my $unlock = pack 'i', 0);
ioctl($master, 0x80045430, my $number = pack 'i', 0);
my $tty = '/dev/pts/' . unpack 'i', $number;
$ENV{OPERATOR_TTY} = $tty;
$ENV{GASTOWN_SECRET} = $secret;
my $child = fork // die "fork: $!";
if ($child == 0) {
  close $master;
  POSIX::setsid();
  sysopen(my $slave, $tty, O_RDWR) or die "$tty: $!";
  ioctl($slave, 0x540e, 0);
  close $slave;
  exec @command or die "exec: $!";
}
my $drain = fork // die "fork: $!";
if ($drain == 0) {
  # Its own end of the terminal: without one, the other end reads nothing more.
  sysopen(my $held, $tty, O_RDWR | O_NOCTTY);
  open STDOUT, '>', '/dev/null'; 1 while sysread $master, my $typed, 4096;
  exit 0;
}
close $master;
waitpid $child, 0;
my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
kill KILL => $drain;
exit $code;
