import assert from "node:assert/strict";
import { liveRules } from "../../../home/local/live_rules.ts";
import { OWN_PRICES, type RulesOptions } from "../../../home/local/provider_rules.ts";
import type { SkillOffers } from "../../../skills/catalog/catalog_service.ts";

const OPTIONS: RulesOptions = {
  pubkey: "11".repeat(32),
  platform: "linux/amd64",
  prices: [{ kind: 5600, flatUnits: "20", unitsPerKib: "0" }],
  asked: OWN_PRICES,
  allowBuyers: null,
};
const OFFERS: SkillOffers = {
  version: 3,
  problems: [],
  owner: {
    ...{ asked: { all: "70", bySkill: {} }, allowBuyers: [], tags: [], name: "n", jobs: 4 },
  },
  skills: [{
    ...{ name: "echo", kinds: [5600], addressed: false, types: ["echo"], tags: [] },
    ...{ price: { flatUnits: 20n, unitsPerKib: 0n }, builtin: true, builds: null, request: null },
    ...{ sandboxed: false, trusting: false },
  }],
};

Deno.test("liveRules() are known once the catalog has answered, with the owner's present prices", async () => {
  const asked = Promise.withResolvers<SkillOffers>();
  const over = new AbortController();
  const changed = (version: number) =>
    version === 0 ? asked.promise : new Promise<SkillOffers>(() => {});
  const live = liveRules(OPTIONS, { changed }, { signal: over.signal, log: () => {} });
  let known = false;
  const waiting = live.known.then(() => known = true);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(known, false);
  assert.equal(live.rules().prices.find(({ kind }) => kind === 5600)?.flatUnits, 20n);
  asked.resolve(OFFERS);
  await waiting;
  assert.equal(live.rules().prices.find(({ kind }) => kind === 5600)?.flatUnits, 70n);
  over.abort();
});

Deno.test("liveRules() are those of the options without a catalog, and with one that cannot be asked", async () => {
  const told: string[] = [];
  const context = {
    signal: new AbortController().signal,
    log: (level: string) => void told.push(level),
  };
  const changed = () => Promise.reject(new Error("gone"));
  for (const catalog of [undefined, { changed }]) {
    const live = liveRules(OPTIONS, catalog, context);
    await live.known;
    assert.equal(live.rules().prices.find(({ kind }) => kind === 5600)?.flatUnits, 20n);
  }
  assert.deepEqual(told, ["error"]);
});
