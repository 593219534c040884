import assert from "node:assert/strict";
import { ALLOW, answerError, assemble, type Line } from "../../../skills/seccomp/assembler.ts";
import { jobFilter } from "../../../skills/seccomp/job_filter.ts";

/** What the kernel would do with a call, by the text of its classic BPF machine. */
function run(
  program: Uint8Array<ArrayBuffer>,
  number: number,
  architecture: number,
  argument = 0,
): number {
  const view = new DataView(program.buffer);
  const data = [number >>> 0, architecture >>> 0, 0, 0, argument];
  let loaded = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const k = view.getUint32(at * 8 + 4, true);
    const [whenTrue, whenFalse] = [view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3)];
    switch (view.getUint16(at * 8, true)) {
      case 0x20:
        loaded = data[k / 4];
        break;
      case 0x15:
        at += loaded === k ? whenTrue : whenFalse;
        break;
      case 0x35:
        at += loaded >= k ? whenTrue : whenFalse;
        break;
      case 0x05:
        at += k;
        break;
      case 0x06:
        return k;
      default:
        throw new Error("no such instruction");
    }
  }
  throw new Error("the program has no end");
}

const REFUSED = answerError(38);
const NO_FAMILY = answerError(97);
const ARCHITECTURES = {
  x86_64: {
    audit: 0xc000003e,
    keys: [248, 249, 250],
    others: [0, 1, 59, 247, 251, 435],
    socket: 41,
  },
  i386: {
    audit: 0x40000003,
    keys: [286, 287, 288],
    others: [1, 248, 249, 250, 285, 289],
    socket: 359,
  },
  aarch64: {
    audit: 0xc00000b7,
    keys: [217, 218, 219],
    others: [63, 216, 220, 248, 435],
    socket: 198,
  },
  arm: { audit: 0x40000028, keys: [309, 310, 311], others: [1, 217, 250, 308, 312], socket: 281 },
};

for (const [name, { audit, keys, others }] of Object.entries(ARCHITECTURES)) {
  Deno.test(`jobFilter() takes the calls of keyrings away on ${name}, and no other`, () => {
    for (const number of keys) assert.equal(run(jobFilter(), number, audit), REFUSED);
    for (const number of others) assert.equal(run(jobFilter(), number, audit), ALLOW, `${number}`);
  });
}

for (const [name, { audit, socket }] of Object.entries(ARCHITECTURES)) {
  Deno.test(`jobFilter() lets a job make sockets of its own network alone on ${name}, and no ring that makes others`, () => {
    const UNIX_INET_INET6_NETLINK = [1, 2, 10, 16];
    const PACKET_ALG_VSOCK_XDP = [17, 38, 40, 44];
    for (const family of UNIX_INET_INET6_NETLINK) {
      assert.equal(run(jobFilter(), socket, audit, family), ALLOW, `${family}`);
    }
    for (const family of [0, 3, 11, ...PACKET_ALG_VSOCK_XDP, 0xffffffff]) {
      assert.equal(run(jobFilter(), socket, audit, family), NO_FAMILY, `${family}`);
    }
    assert.equal(run(jobFilter(), 425, audit), REFUSED);
  });
}

Deno.test("jobFilter() refuses i386's socketcall to make a socket, whose family it cannot see", () => {
  const [SOCKET, CONNECT] = [1, 3];
  assert.equal(run(jobFilter(), 102, ARCHITECTURES.i386.audit, SOCKET), NO_FAMILY);
  assert.equal(run(jobFilter(), 102, ARCHITECTURES.i386.audit, CONNECT), ALLOW);
  assert.equal(run(jobFilter(), 102, ARCHITECTURES.x86_64.audit, SOCKET), ALLOW);
});

Deno.test("jobFilter() refuses every call of a convention whose numbers it does not know", () => {
  const x32 = 0x40000000;
  for (const number of [0, 248, 250, 0x3fffffff]) {
    assert.equal(run(jobFilter(), number + x32, 0xc000003e), REFUSED, "x32");
    for (const audit of [0xc00000f3, 0x80000016, 0]) {
      assert.equal(run(jobFilter(), number, audit), REFUSED, `architecture ${audit}`);
    }
  }
});

const WRONG: readonly { readonly name: string; readonly lines: readonly Line[] }[] = [
  { name: "an empty program", lines: [] },
  { name: "an unknown label", lines: [{ op: "goto", to: "x" }] },
  { name: "a label at the end", lines: [{ op: "goto", to: "x" }, { op: "label", name: "x" }] },
  {
    name: "a jump backwards",
    lines: [{ op: "label", name: "x" }, { op: "goto", to: "x" }],
  },
  {
    name: "a jump of more than a byte",
    lines: [
      { op: "if", is: "equal", value: 1, then: "x" },
      ...Array.from({ length: 256 }, (): Line => ({ op: "load", offset: 0 })),
      { op: "label", name: "x" },
      { op: "return", action: ALLOW },
    ],
  },
  {
    name: "a label twice",
    lines: [{ op: "label", name: "x" }, { op: "label", name: "x" }, {
      op: "return",
      action: ALLOW,
    }],
  },
];
for (const { name, lines } of WRONG) {
  Deno.test(`assemble() refuses ${name}`, () => {
    assert.throws(() => assemble(lines), RangeError);
  });
}
