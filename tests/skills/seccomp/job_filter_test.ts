import assert from "node:assert/strict";
import { ALLOW, answerError, assemble, type Line } from "../../../skills/seccomp/assembler.ts";
import { jobFilter } from "../../../skills/seccomp/job_filter.ts";

/** What the kernel would do with a call, by the text of its classic BPF machine. */
function run(program: Uint8Array<ArrayBuffer>, number: number, architecture: number): number {
  const view = new DataView(program.buffer);
  const data = [number >>> 0, architecture >>> 0];
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
const ARCHITECTURES = {
  x86_64: { audit: 0xc000003e, keys: [248, 249, 250], others: [0, 1, 59, 247, 251, 435] },
  i386: { audit: 0x40000003, keys: [286, 287, 288], others: [1, 248, 249, 250, 285, 289] },
  aarch64: { audit: 0xc00000b7, keys: [217, 218, 219], others: [63, 216, 220, 248, 435] },
  arm: { audit: 0x40000028, keys: [309, 310, 311], others: [1, 217, 250, 308, 312] },
};

for (const [name, { audit, keys, others }] of Object.entries(ARCHITECTURES)) {
  Deno.test(`jobFilter() takes the calls of keyrings away on ${name}, and no other`, () => {
    for (const number of keys) assert.equal(run(jobFilter(), number, audit), REFUSED);
    for (const number of others) assert.equal(run(jobFilter(), number, audit), ALLOW, `${number}`);
  });
}

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
