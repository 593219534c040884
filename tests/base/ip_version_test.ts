import assert from "node:assert/strict";
import { isIP } from "node:net";
import fc from "fast-check";
import { ipVersion } from "../../base/ip_version.ts";

const same = (text: string) => assert.equal(ipVersion(text), isIP(text), text);

Deno.test("ipVersion() says what isIP() of node:net says: addresses with their edges, and what is none", () => {
  const texts = [
    ...[
      "",
      "0.0.0.0",
      "255.255.255.255",
      "256.1.1.1",
      "1.2.3",
      "1.2.3.4.5",
      "01.2.3.4",
      "1.2.3.04",
    ],
    ...[
      "1.2.3.4 ",
      " 1.2.3.4",
      "1.2.3.4\n",
      "1..3.4",
      "1.2.3.a",
      "0x7f.1.1.1",
      "-1.2.3.4",
      "١.1.1.1",
    ],
    ...[
      "::",
      "::1",
      "1::",
      ":::",
      "1:::2",
      "::1::",
      ":1",
      "1:",
      "1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7",
    ],
    ...[
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::",
      "::2:3:4:5:6:7:8",
      "1::3:4:5:6:7:8",
      "1:2:3:4:5:6::8",
    ],
    ...[
      "1::2:3:4:5:6:7:8",
      "1:2:3:4::5:6:7:8",
      "::ffff:1.2.3.4",
      "::1.2.3.4",
      "1::1.2.3.4",
      "1.2.3.4::",
    ],
    ...["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5::1.2.3.4"],
    ...[
      "::2:3:4:5:6:1.2.3.4",
      "::2:3:4:5:6:7:1.2.3.4",
      "::1.2.3.4:1",
      "::1.2.3.256",
      "12345::",
      "g::",
    ],
    ...[
      "fe80::1%eth0",
      "fe80::1%",
      "fe80::1%a%b",
      "1.2.3.4%eth0",
      "fe80::1%eth_0",
      "%eth0",
      "fe80::%é",
    ],
    ...[
      "[::1]",
      "::1]",
      "::1 ",
      "::1\n",
      "localhost",
      "fe80::1%a.b-c:1",
      "ABCD::ef",
      "0000::0",
      "00000::",
    ],
  ];
  for (const text of texts) same(text);
});

Deno.test("ipVersion() says what isIP() of node:net says: random texts of their parts", () => {
  const piece = fc.constantFrom(
    "0",
    "1",
    "255",
    "256",
    "ffff",
    "a",
    "::",
    ":",
    ":",
    ".",
    ".",
    "1.2.3.4",
    "%",
    "g",
  );
  const text = fc.array(piece, { maxLength: 17 }).map((pieces) => pieces.join(""));
  const v6 = fc.ipV6();
  fc.assert(fc.property(fc.oneof(text, v6, fc.ipV4(), fc.string()), same), { numRuns: 5_000 });
});
