import { M2M } from "../../protocols/ilp/asset.ts";
import assert from "node:assert/strict";
import { grossTo } from "../../protocols/ilp/fee.ts";
import type { Announcement } from "../../market/announcement.ts";
import { NO_OFFER } from "../../market/offer.ts";
import { parseRequirements } from "../../market/requirement.ts";
import { chooseProviders, type Wanted } from "../../market/choose_provider.ts";
import { NOW_S, PROVIDER, STRANGER } from "./market.ts";
import { announce, WANTED } from "./announced.ts";

Deno.test("chooseProviders() takes the cheapest that fits, and of equals always the same", () => {
  const cheap = announce({ prices: [{ kind: 5601, flatUnits: 10n, unitsPerKib: 0n }] }, STRANGER);
  const dear = announce();
  const both = [dear, cheap];
  const pick = (list: readonly Announcement[], more: Partial<Wanted> = {}) =>
    chooseProviders(list, { ...WANTED, ...more }, NOW_S)[0];
  assert.equal(pick(both).announcement.pubkey, STRANGER);
  assert.equal(pick(both).priceUnits, 10n);
  assert.equal(pick(both, { provider: PROVIDER }).priceUnits, 50_010n);
  const lowest = PROVIDER < STRANGER ? PROVIDER : STRANGER;
  const equals = [announce(), announce({}, STRANGER)];
  assert.equal(pick(equals).announcement.pubkey, lowest);
  assert.equal(pick(equals.toReversed()).announcement.pubkey, lowest);
  assert.equal(
    pick([dear], { tags: ["ci-cd-linux"], platform: "linux/amd64", bidUnits: 50_010n }).priceUnits,
    50_010n,
  );
});

Deno.test("chooseProviders() compares and bids what must be sent, hop fees included", () => {
  const cheap = announce(
    { prices: [{ kind: 5601, flatUnits: 10n, unitsPerKib: 0n }], ilpAddress: "g.far.provider" },
    STRANGER,
  );
  const near = announce({ prices: [{ kind: 5601, flatUnits: 12n, unitsPerKib: 0n }] });
  const grossUnits = (net: bigint, address: string) =>
    grossTo(address, net, [{ prefix: "g.far", flatUnits: 5n, basisPoints: 0 }]);
  const pick = (more: Partial<Wanted>) =>
    chooseProviders([cheap, near], { ...WANTED, grossUnits, ...more }, NOW_S)[0];
  assert.deepEqual([pick({}).announcement.pubkey, pick({}).priceUnits], [PROVIDER, 12n]);
  assert.equal(pick({ provider: STRANGER, bidUnits: 15n }).priceUnits, 15n);
  assert.throws(() => pick({ provider: STRANGER, bidUnits: 14n }), { code: "bid_too_low" });
});

Deno.test("chooseProviders() skips a provider at its daily limit, and says so if all are", () => {
  const cheap = announce({ prices: [{ kind: 5601, flatUnits: 10n, unitsPerKib: 0n }] }, STRANGER);
  const pick = (list: readonly Announcement[], strangerUnits: bigint) =>
    chooseProviders(list, {
      ...WANTED,
      spent: {
        limits: { jobUnits: 1n, providerDayUnits: 50_015n, asset: M2M },
        paidToday: { [STRANGER]: strangerUnits },
      },
    }, NOW_S)[0].announcement.pubkey;
  assert.equal(pick([cheap, announce()], 50_005n), STRANGER);
  assert.equal(pick([cheap, announce()], 50_006n), PROVIDER);
  assert.throws(() => pick([cheap], 50_006n), {
    code: "ceiling",
    message:
      /was paid 0.050006 M2M today; 0.00001 M2M more are above the limit of 0.050015 M2M a day/,
  });
});

Deno.test("chooseProviders() pays no announced price above 250,000 units unless it was bid", () => {
  const priced = (flatUnits: bigint) =>
    announce({ prices: [{ kind: 5601, flatUnits, unitsPerKib: 0n }] });
  assert.equal(chooseProviders([priced(250_000n)], WANTED, NOW_S)[0].priceUnits, 250_000n);
  assert.throws(() => chooseProviders([priced(250_001n)], WANTED, NOW_S), {
    code: "bid_needed",
    message: /250001 units; without a bid a provider is paid at most 250000 units$/,
  });
  const asked = { ...WANTED, bidUnits: 300_000n };
  assert.equal(chooseProviders([priced(250_001n)], asked, NOW_S)[0].priceUnits, 250_001n);
});

Deno.test("chooseProviders() returns all providers that the bid covers, in the order in which they are asked", () => {
  const priced = (author: string, flatUnits: bigint) =>
    announce({ prices: [{ kind: 5601, flatUnits, unitsPerKib: 0n }] }, author as typeof PROVIDER);
  const list = [priced(PROVIDER, 30n), priced(STRANGER, 20n)];
  const keys = (more: Partial<Wanted>) =>
    chooseProviders(list, { ...WANTED, ...more }, NOW_S).map(({ announcement }) =>
      announcement.pubkey
    );
  assert.deepEqual(keys({}), [STRANGER, PROVIDER]);
  assert.deepEqual(keys({ bidUnits: 29n }), [STRANGER]);
  assert.deepEqual(keys({ own: STRANGER }), [PROVIDER], "nobody buys from itself");
  assert.throws(() => keys({ own: STRANGER, provider: STRANGER }), { code: "own_key" });
  const passedOver = [{ provider: STRANGER, atMs: NOW_S * 1000 }];
  assert.deepEqual(keys({ passedOver }), [PROVIDER, STRANGER], "it did not take a job");
  const before = [{ provider: STRANGER, atMs: NOW_S * 1000 - 1 }];
  assert.deepEqual(keys({ passedOver: before }), [STRANGER, PROVIDER], "it was heard of since");
  const paid = [{ ...before[0], paid: true as const }];
  assert.deepEqual(keys({ passedOver: paid }), [PROVIDER, STRANGER], "it was paid for nothing");
  const refusedAt = (agoMs: number) => [
    { provider: STRANGER, atMs: NOW_S * 1000 - agoMs, refused: true as const },
  ];
  assert.deepEqual(
    keys({ passedOver: refusedAt(3_599_000) }),
    [PROVIDER, STRANGER],
    "its payment was refused, whatever it announces",
  );
  assert.deepEqual(keys({ passedOver: refusedAt(3_600_000) }), [STRANGER, PROVIDER], "an hour ago");
  assert.deepEqual(
    keys({ passedOver, bidUnits: 29n }),
    [STRANGER],
    "nobody else is within the bid",
  );
});

Deno.test("chooseProviders() says why there is none", () => {
  const pick = (list: readonly Announcement[], more: Partial<Wanted>) => () =>
    chooseProviders(list, { ...WANTED, ...more }, NOW_S);
  assert.throws(pick([announce()], { platform: "linux/arm64" }), {
    code: "no_provider",
    message:
      /^no provider for ci-run on linux\/arm64; seen: [0-9a-f]{8}\.\.\. \(linux\/amd64, kinds 5600 5601/,
  });
  assert.throws(pick([], {}), {
    code: "no_provider",
    message: "no provider for ci-run; seen: nobody",
  });
  const requirements = parseRequirements("arch=amd64,memory>=8G,speed>=1.5M");
  assert.throws(pick([announce()], { requirements }), {
    message:
      /^no provider for ci-run with arch=amd64,memory>=8G,speed>=1536K; seen: .*; it does not announce memory>=8G,speed>=1536K\)$/,
    suggestion: /^Require less,/,
  });
  assert.throws(pick([announce()], { tags: ["gpu"] }), { message: /tagged gpu/ });
  assert.throws(pick([announce()], { kind: 5602 }), { code: "no_provider" });
  assert.throws(pick([announce()], { bidUnits: 50_009n }), {
    code: "bid_too_low",
    message: /50010 units/,
  });
  const limits = { jobUnits: 10n ** 9n, providerDayUnits: 10n ** 9n, asset: M2M };
  const spent = { limits, paidToday: {} };
  assert.throws(pick([announce()], { bidUnits: 50_009n, spent }), {
    message: /the lowest price for ci-run is 0\.05001 M2M in all/,
    suggestion: "Bid more, e.g. --bid 0.052",
  });
  const gone = { ...announce(), prices: [], offline: true };
  assert.throws(pick([gone], { provider: PROVIDER }), {
    code: "no_provider",
    suggestion: "Leave --provider out, or name another one",
  });
  assert.throws(pick([announce()], { provider: STRANGER }), {
    message: /^provider [0-9a-f]{8}\.\.\. announces no ci-run \(kind 5601\) on this relay$/,
    suggestion: new RegExp(`^'crosstown provider show ${STRANGER}' `),
  });
  assert.throws(pick([announce({}, PROVIDER, NOW_S - 5000)], { provider: PROVIDER }), {
    message: /not announced itself/,
  });
  const unpayable = announce({ ilpAddress: null as unknown as string });
  assert.throws(pick([unpayable], {}), { code: "no_provider" });
  assert.equal(chooseProviders([unpayable], { ...WANTED, kind: 5600 }, NOW_S)[0].priceUnits, 0n);
});

Deno.test("chooseProviders() gives a private job only to a provider that announces that it accepts them", () => {
  const privately = { ...announce({}, STRANGER), offer: { ...NO_OFFER, privateJobs: true } };
  const wanted = { ...WANTED, privately: true };
  const [chosen, ...others] = chooseProviders([announce(), privately], wanted, NOW_S);
  assert.deepEqual([chosen.announcement.pubkey, others.length], [STRANGER, 0]);
  assert.throws(() => chooseProviders([announce()], wanted, NOW_S), {
    code: "no_provider",
    message: /that takes private jobs/,
  });
  // Nor to a named provider on a network with free writes, where it would otherwise be possible.
  const named = { ...wanted, provider: PROVIDER, freeWrites: true };
  assert.throws(() => chooseProviders([], named, NOW_S), { code: "no_provider" });
});

Deno.test("chooseProviders() applies the requirements, and puts first the providers that the buyer prefers by its own jobs", () => {
  const offer = { ...NO_OFFER, memoryBytes: 8 * 2 ** 30 };
  const cheap = announce({ prices: [{ kind: 5601, flatUnits: 10n, unitsPerKib: 0n }] }, STRANGER);
  const large = { ...announce(), offer };
  const order = (more: Partial<Wanted>) =>
    chooseProviders([cheap, large], { ...WANTED, ...more }, NOW_S)
      .map(({ announcement: { pubkey } }) => pubkey);
  const requirements = parseRequirements("memory>=8G");
  assert.deepEqual(order({ requirements }), [PROVIDER]);
  const standings = new Map([
    [PROVIDER, { jobs: 3, succeeded: 3, medianMs: 900, score: 0.8 }],
    [STRANGER, { jobs: 9, succeeded: 2, medianMs: 100, score: 0.3 }],
  ]);
  const by = (by: "price" | "latency" | "history") => order({ preferred: { by, standings } });
  assert.deepEqual(by("price"), [STRANGER, PROVIDER]);
  assert.deepEqual(by("latency"), [STRANGER, PROVIDER]);
  assert.deepEqual(by("history"), [PROVIDER, STRANGER]);
  assert.throws(() => order({ requirements: parseRequirements("engine=docker") }), {
    code: "no_provider",
    message: /with engine=docker/,
  });
});

Deno.test("chooseProviders() asks on delivery only who sells jobs of the kind so", () => {
  const offer = {
    ...NO_OFFER,
    quotes: true,
    modes: ["upfront", "on-delivery"],
    modeKinds: [{ mode: "on-delivery", kinds: [5600] }],
  };
  const others = { ...announce(), offer };
  const sells = {
    ...announce({}, STRANGER),
    offer: { ...offer, modeKinds: [{ mode: "on-delivery", kinds: [5601] }] },
  };
  const chosen = chooseProviders([others, sells], { ...WANTED, payment: "on-delivery" }, NOW_S);
  assert.deepEqual(chosen.map(({ announcement: { pubkey } }) => pubkey), [STRANGER]);
});

Deno.test("chooseProviders() pays nobody upfront whose offer names only other modes for the kind, and names these", () => {
  const offer = { ...NO_OFFER, quotes: true, modes: ["upfront", "on-delivery"] };
  const only = { mode: "upfront", kinds: [5600] };
  const others: Announcement = { ...announce(), offer: { ...offer, modeKinds: [only] } };
  const sells: Announcement = { ...announce({}, STRANGER), offer };
  const keys = (list: Announcement[], more: Partial<Wanted> = {}) =>
    chooseProviders(list, { ...WANTED, ...more }, NOW_S).map(({ announcement }) =>
      announcement.pubkey
    );
  assert.deepEqual(keys([others, sells]), [STRANGER]);
  assert.deepEqual(
    keys([{ ...others, offer: NO_OFFER }]),
    [PROVIDER],
    "an offer may name no modes",
  );
  assert.deepEqual(keys([others], { payment: "on-delivery" }), [PROVIDER]);
  const free = announce({ prices: [{ kind: 5601, flatUnits: 0n, unitsPerKib: 0n }] });
  assert.deepEqual(keys([{ ...free, offer: others.offer }]), [PROVIDER]);
  assert.throws(() => keys([others]), {
    code: "no_upfront",
    message: /^no provider is paid upfront for ci-run; [0-9a-f]{8}\.\.\. offers on-delivery$/,
  });
});

Deno.test("chooseProviders() asks nobody whose announced schema the input does not fit", () => {
  const [dear, cheap] = [
    announce(),
    announce({ prices: [{ kind: 5601, flatUnits: 10n, unitsPerKib: 0n }] }, STRANGER),
  ];
  const misfit = ({ pubkey }: Announcement) => pubkey === STRANGER ? "/n must be there" : null;
  const asked = chooseProviders([dear, cheap], { ...WANTED, misfit }, NOW_S);
  assert.deepEqual(asked.map(({ announcement }) => announcement.pubkey), [PROVIDER]);
  assert.throws(() => chooseProviders([cheap], { ...WANTED, misfit }, NOW_S), {
    code: "bad_input",
    message: "no provider takes this input: /n must be there",
  });
});

Deno.test("chooseProviders() asks no provider with a price if the job must be free", () => {
  const given = announce({ prices: [{ kind: 5601, flatUnits: 0n, unitsPerKib: 0n }] }, STRANGER);
  const pick = (list: readonly Announcement[]) =>
    chooseProviders(list, { ...WANTED, payment: "free" }, NOW_S).map(({ announcement }) =>
      announcement.pubkey
    );
  assert.deepEqual(pick([announce(), given]), [STRANGER]);
  assert.throws(() => pick([announce()]), { code: "no_provider", message: /for nothing/ });
});

Deno.test("chooseProviders() suggests to compare clocks where no announcement is valid", () => {
  for (const aheadS of [-7_200, 7_200]) {
    assert.throws(() => chooseProviders([announce()], WANTED, NOW_S + aheadS), {
      code: "no_provider",
      message:
        "no provider for ci-run; seen: nobody, and 1 with an announcement that is not valid now",
      suggestion: /'crosstown doctor' compares this machine's clock with the relay's$/,
    });
  }
});
