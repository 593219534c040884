import assert from "node:assert/strict";
import { cachedBases, offeredModes, runLimits, unpayableKinds } from "../../home/offered_terms.ts";
import type { KindPrice } from "../../market/announcement.ts";
import type { SkillOffers } from "../../skills/catalog/catalog_service.ts";

const price = (kind: number, flatUnits: bigint, more: Partial<KindPrice> = {}): KindPrice => ({
  kind,
  flatUnits,
  unitsPerKib: 0n,
  ...more,
});
const INCREMENT = { increment: { seconds: 15 } } as unknown as Partial<KindPrice>;
const TOKENS = { tokens: { input: 1n, output: 1n, mostOutput: 9 } } as unknown as Partial<
  KindPrice
>;
const skillsOf = (skills: readonly object[]) => ({ skills }) as unknown as SkillOffers;

Deno.test("offeredModes() says for which kinds a mode holds, if it does not hold for all", () => {
  const all = { takesPackets: true, sellsOnDelivery: true, lightningMsats: 12_000 };
  const none = { takesPackets: true, sellsOnDelivery: false, lightningMsats: null };
  assert.deepEqual(offeredModes([price(5600, 1n), price(5601, 2n)], all), {
    modes: ["upfront", "on-delivery", "lightning"],
    modeKinds: [],
  });
  assert.deepEqual(offeredModes([price(5600, 0n)], all), { modes: ["free"], modeKinds: [] });
  assert.deepEqual(
    offeredModes([price(5600, 0n), price(5601, 2n, INCREMENT), price(5050, 0n, TOKENS)], none),
    {
      modes: ["upfront", "metered", "free"],
      modeKinds: [
        { mode: "upfront", kinds: [5601, 5050] },
        { mode: "metered", kinds: [5601] },
        { mode: "free", kinds: [5600] },
      ],
    },
  );
  // A provider without a connector can be paid by invoices alone.
  const plain = { ...none, takesPackets: false };
  assert.deepEqual(offeredModes([price(5600, 1n)], plain).modes, []);
  assert.deepEqual(
    offeredModes([price(5600, 1n)], { ...plain, lightningMsats: 12_000 }).modes,
    ["lightning"],
  );
  assert.deepEqual(offeredModes([], all), { modes: [], modeKinds: [] });
  // The owner allows only some of the possible modes, and one that is not possible.
  const allowed = (modes: string[]) =>
    offeredModes([price(5600, 1n, { modes }), price(5601, 2n)], {
      ...all,
      lightningMsats: null,
    });
  assert.deepEqual(allowed(["on-delivery", "metered"]), {
    modes: ["upfront", "on-delivery"],
    modeKinds: [{ mode: "upfront", kinds: [5601] }],
  });
  assert.deepEqual(allowed(["lightning"]).modeKinds, [
    { mode: "upfront", kinds: [5601] },
    { mode: "on-delivery", kinds: [5601] },
  ]);
  assert.deepEqual(offeredModes([price(5600, 0n, { modes: ["metered"] })], all).modes, ["free"]);
});

Deno.test("unpayableKinds() names kinds whose owner allows only what is not possible", () => {
  const none = { takesPackets: true, sellsOnDelivery: false, lightningMsats: null };
  const prices = [
    price(5600, 1n, { modes: ["on-delivery", "lightning"] }),
    price(5601, 1n, { modes: ["upfront"] }),
    price(5602, 0n, { modes: ["lightning"] }),
    price(5603, 1n),
  ];
  assert.deepEqual(unpayableKinds(prices, none), [5600]);
});

Deno.test("runLimits() groups the kinds of jobs by their longest run", () => {
  const skills = skillsOf([
    { kinds: [5600, 1059], timeoutS: 60 },
    { kinds: [5601], timeoutS: 3_600 },
    { kinds: [5602, 5603], timeoutS: 60 },
    { kinds: [1], timeoutS: 5 },
    { kinds: [5604] },
  ]);
  assert.deepEqual(runLimits(skills), [
    { seconds: 60, kinds: [5600, 5602, 5603] },
    { seconds: 3_600, kinds: [5601] },
  ]);
});

Deno.test("cachedBases() names 16 of the base images that are here", () => {
  const bases = Array.from({ length: 40 }, (_, n) => `b${String(n).padStart(2, "0")}.tar`);
  const named = cachedBases(skillsOf([{ builds: { bases } }, { builds: null }]));
  assert.deepEqual([named.length, named[0], named[15]], [16, "b00", "b15"]);
  assert.deepEqual(cachedBases(skillsOf([{ builds: null }])), []);
});
