import assert from "node:assert/strict";
import { parseAnnouncement } from "../../market/announcement.ts";
import { announcementTemplate } from "../../market/announcement_events.ts";
import { payableAt } from "../../market/payable_at.ts";
import { NOW_S, PROVIDER, signed } from "./market.ts";

const announced = (ilpAddress: string | null, moreAddresses: readonly string[] = []) =>
  parseAnnouncement(signed(
    announcementTemplate({
      ...{ prices: [{ kind: 5600, flatUnits: 1n, unitsPerKib: 0n }], tags: [], platform: null },
      ...{ name: "Alpha", about: "", ilpAddress, moreAddresses },
    }, NOW_S),
    PROVIDER,
  ));
const BOTH = announced("g.west.p", ["g.east.p", "g.east.more.p"]);
const connector = (name: string, reaches: readonly string[]) => ({
  ...{ name, url: `btp+wss://${name}.example`, auth: null, peerRule: "credit" as const, reaches },
  peerAddress: `0x${"ab".repeat(20)}`,
});

for (
  const [name, profile, address] of [
    ["without a prefix", { moreConnectors: [connector("east", [])] }, "g.west.p"],
    ["with one prefix", { moreConnectors: [connector("east", ["g.east"])] }, "g.east.p"],
    [
      "with a longer prefix",
      { connectorReaches: ["g.east"], moreConnectors: [connector("more", ["g.east.more"])] },
      "g.east.more.p",
    ],
    [
      "with prefixes of the same length",
      { connectorReaches: ["g.east"], moreConnectors: [connector("west", ["g.west"])] },
      "g.west.p",
    ],
    ["with a prefix that only begins alike", { connectorReaches: ["g.eas"] }, "g.west.p"],
  ] as const
) {
  Deno.test(`payableAt() of a buyer ${name} is ${address}`, () => {
    const { ilpAddress, moreAddresses = [] } = payableAt(BOTH, profile);
    assert.equal(ilpAddress, address);
    const all = [BOTH.ilpAddress, ...BOTH.moreAddresses ?? []].toSorted();
    assert.deepEqual([ilpAddress, ...moreAddresses].toSorted(), all);
  });
}

Deno.test("payableAt() leaves an announcement with one address or none", () => {
  const profile = { connectorReaches: ["g.east"] };
  for (const ilpAddress of ["g.west.p", null]) {
    const one = announced(ilpAddress);
    assert.equal(payableAt(one, profile), one);
  }
});

Deno.test("parseAnnouncement() reads at most eight further addresses, and refuses one that is none", () => {
  const many = Array.from({ length: 20 }, (_, at) => `g.more.p${at}`);
  assert.deepEqual(announced("g.west.p", many).moreAddresses, many.slice(0, 8));
  assert.equal(announced("g.west.p").moreAddresses, undefined);
  assert.throws(() => announced("g.west.p", ["no address"]), { code: "bad_announcement" });
  assert.throws(() => announced("g.west.p", [`g.${"a".repeat(2_000)}`]), {
    code: "bad_announcement",
  });
});
