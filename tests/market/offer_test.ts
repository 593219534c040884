import assert from "node:assert/strict";
import {
  modesOfKind,
  NO_OFFER,
  type Offer,
  offerTags,
  readOffer,
  runLimitOf,
} from "../../market/offer.ts";
import { parseRequirements, requirementsText } from "../../market/requirement.ts";

const OFFER: Offer = {
  cpus: 8,
  memoryBytes: 16 * 2 ** 30,
  diskBytes: 100 * 2 ** 30,
  engines: ["docker", "podman"],
  modes: ["upfront", "free"],
  modeKinds: [{ mode: "free", kinds: [5600, 5650] }],
  lightningMsats: 12_000,
  runLimits: [{ seconds: 3_600, kinds: [5601, 5602] }, { seconds: 60, kinds: [5600] }],
  encryption: ["nip44"],
  bases: ["debian_12.linux_arm64"],
  quotes: true,
  privateJobs: true,
  limits: { request_bytes: 32_767, result_bytes: 32_767 },
  queue: { waiting: 3, places: 64 },
  benchmark: {
    atS: 1_790_000_000,
    cpuBytesS: 812_000_000,
    cpusBytesS: 1_600_000_000,
    diskBytesS: 310_000_000,
    sandboxMs: 9,
  },
  relays: ["wss://relay.example"],
  version: "0.9.0",
};

Deno.test("readOffer() reads what offerTags() wrote", () => {
  assert.deepEqual(readOffer({ tags: offerTags(OFFER) }), OFFER);
  assert.deepEqual(readOffer({ tags: [] }), NO_OFFER);
  assert.deepEqual(offerTags(NO_OFFER), []);
});

Deno.test("readOffer() leaves out invalid values, and bounds each list", () => {
  const tags = [
    ["cpu", "8"],
    ["cpu", "9"],
    ["memory", "-1"],
    ["disk", "99999999999999999999"],
    ["engine", "Docker\u0007"],
    ["engine"],
    ["limit", "__proto__", "1"],
    ["limit", "request_bytes", "x"],
    ["queue", "1"],
    ["lightning", "-1"],
    ["run_limit", "soon", "5600"],
    ["encryption", "NIP 44"],
    ["base", "../etc/passwd"],
    ["mode", "up front", "5600"],
    ["relay", "http://not.a.relay"],
    ["relay", "wss://a b"],
    ["version", "1 2"],
    ["benchmark", "99999999999", "cpu=1"],
  ];
  assert.deepEqual(readOffer({ tags }), NO_OFFER);
  const many = Array.from({ length: 400 }, (_, n) => ["engine", `e${n}`]);
  assert.equal(readOffer({ tags: many }).engines.length, 16);
});

Deno.test("readOffer() reads a mode of some kinds, without what is no kind of a request, and bounds what it reads", () => {
  const read = readOffer({
    tags: [
      ["mode", "upfront"],
      ["mode", "free", "5600", "7000", "-5", "x", "5601"],
      ["run_limit", "60", "5600", "1"],
      ["mode", "metered", ...Array.from({ length: 999 }, (_, n) => String(5_000 + n))],
    ],
  });
  assert.deepEqual(read.modes, ["upfront", "free", "metered"]);
  assert.deepEqual(read.modeKinds[0], { mode: "free", kinds: [5600, 5601] });
  assert.equal(read.modeKinds[1].kinds.length, 256);
  assert.deepEqual(modesOfKind(read, 5600), ["upfront", "free"]);
  assert.deepEqual(modesOfKind(read, 5010), ["upfront", "metered"]);
  assert.deepEqual(modesOfKind(read, null), ["upfront", "free", "metered"]);
  assert.deepEqual([runLimitOf(read, 5600), runLimitOf(read, 5601)], [60, null]);
  const many = Array.from({ length: 99 }, (_, n) => ["run_limit", String(n), "5600"]);
  assert.equal(readOffer({ tags: many }).runLimits.length, 16);
});

Deno.test("parseRequirements() reads words and sizes", () => {
  for (
    const [text, read] of [
      ["arch=x86_64", "arch=amd64"],
      ["memory>=8G, cpu>=4", "memory>=8G,cpu>=4"],
      ["disk>=1.5GiB", "disk>=1536M"],
      ["tier=bubblewrap+cgroup,mode=on-delivery", "tier=bubblewrap+cgroup,mode=on-delivery"],
      ["cpu>=0,speed>=1025", "cpu>=0,speed>=1025"],
      ["", ""],
    ]
  ) assert.equal(requirementsText(parseRequirements(text)), read);
});

Deno.test("parseRequirements() refuses what it does not know, with an example", () => {
  for (
    const text of ["memory=8G", "memory>=lots", "arch>=amd64", "colour=red", "arch=", "cpu>=-1"]
  ) {
    assert.throws(() => parseRequirements(text), { code: "bad_requirement" }, text);
  }
});
