import assert from "node:assert/strict";
import { NO_OFFER, type Offer, offerTags, readOffer } from "../../market/offer.ts";
import { parseRequirements, requirementsText } from "../../market/requirement.ts";

const OFFER: Offer = {
  cpus: 8,
  memoryBytes: 16 * 2 ** 30,
  diskBytes: 100 * 2 ** 30,
  engines: ["docker", "podman"],
  modes: ["upfront", "free"],
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
    ["relay", "http://not.a.relay"],
    ["relay", "wss://a b"],
    ["version", "1 2"],
    ["benchmark", "99999999999", "cpu=1"],
  ];
  assert.deepEqual(readOffer({ tags }), NO_OFFER);
  const many = Array.from({ length: 400 }, (_, n) => ["engine", `e${n}`]);
  assert.equal(readOffer({ tags: many }).engines.length, 16);
});

Deno.test("parseRequirements() reads words and sizes", () => {
  for (
    const [text, read] of [
      ["arch=x86_64", "arch=amd64"],
      ["memory>=8G, cpu>=4", `memory>=${8 * 2 ** 30},cpu>=4`],
      ["disk>=1.5GiB", `disk>=${1.5 * 2 ** 30}`],
      ["tier=bubblewrap+cgroup,mode=on-delivery", "tier=bubblewrap+cgroup,mode=on-delivery"],
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
