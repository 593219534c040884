import assert from "node:assert/strict";
import {
  type Choice,
  chosenProviders,
  offerText,
  providerChanges,
  shownProvider,
} from "../../../commands/provider/provider_view.ts";
import { listText, showText } from "../../../commands/provider/provider_text.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import { NO_OFFER } from "../../../market/offer.ts";
import { parseRequirements } from "../../../market/requirement.ts";
import { standingsOf } from "../../../market/standing.ts";
import type { Announcement } from "../../../market/announcement.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";

const NOW_MS = 1_790_000_000_000;
const NOW_S = NOW_MS / 1_000;

function announcement(letter: string, over: Partial<Announcement> = {}): Announcement {
  return {
    pubkey: letter.repeat(64),
    createdAtS: NOW_S - 30,
    expiresAtS: NOW_S + 330,
    prices: [{ kind: 5601, flatUnits: 100_000n, unitsPerKib: 0n }],
    unpriced: [],
    offline: false,
    tags: ["ci-cd-linux"],
    platform: "linux/amd64",
    sandbox: "bubblewrap",
    builds: [],
    ilpAddress: "g.provider",
    name: "",
    about: "",
    ...over,
  };
}

const ANY: Choice = {
  kind: null,
  tags: [],
  platform: null,
  requirements: [],
  sandboxed: false,
  maxUnits: null,
  sort: "price",
  all: false,
};

const JOBS = [
  ["1", "success", 0, 4_000],
  ["2", "success", 0, 2_000],
  ["3", "success", 1, 9_000],
  ["4", "timeout", null, 9_000],
  ["5", "processing", null, 10],
  ["6", "cancelled", null, 10],
].map(([id, status, exitCode, ms]) =>
  job({
    eventId: eventIdOf(String(id)),
    provider: "b".repeat(64),
    status: status as "success",
    exitCode: exitCode as number | null,
    jobPaid: true,
    createdAtMs: 1_000,
    updatedAtMs: 1_000 + Number(ms),
  })
);

const shown = (one: Announcement, bytes = 2_048) =>
  shownProvider(one, standingsOf(JOBS, NOW_MS), { bytes, nowMs: NOW_MS });
const keys = (providers: readonly { pubkey: string }[]) =>
  providers.map(({ pubkey }) => pubkey[0]).join("");

Deno.test("shownProvider() prices a request of the asked size and counts own jobs that are over", () => {
  const priced = announcement("b", {
    prices: [{ kind: 5600, flatUnits: 20_000n, unitsPerKib: 11_000n }],
  });
  assert.equal(shown(priced).prices[0].price_units, 42_000n);
  assert.equal(shown(priced, 1).prices[0].price_units, 20_011n);
  assert.deepEqual(shown(priced).history, { jobs: 4, succeeded: 2, median_ms: 4_000, score: 0.5 });
  assert.deepEqual(shown(announcement("c")).history, {
    jobs: 0,
    succeeded: 0,
    median_ms: null,
    score: 0.5,
  });
});

Deno.test("shownProvider() shows whether a provider serves, is silent or withdrew", () => {
  assert.equal(shown(announcement("a")).state, "serving");
  assert.equal(shown(announcement("a", { expiresAtS: NOW_S - 61 })).state, "silent");
  assert.equal(
    shown(announcement("a", { createdAtS: NOW_S + 61 })).state,
    "silent",
    "of the future",
  );
  assert.equal(shown(announcement("a", { offline: true })).state, "withdrawn");
});

Deno.test("chosenProviders() applies every filter, and leaves out silent providers unless all are wanted", () => {
  const all = [
    announcement("a", { platform: "linux/arm64" }),
    announcement("b", { sandbox: "none" }),
    announcement("c", { tags: [] }),
    announcement("d", { prices: [], unpriced: [5601] }),
    announcement("e", { offline: true }),
    announcement("f", { prices: [{ kind: 5600, flatUnits: 1n, unitsPerKib: 0n }] }),
  ].map((one) => shown(one));
  const pick = (over: Partial<Choice>) => keys(chosenProviders(all, { ...ANY, ...over }));
  assert.equal(pick({}), "fabcd", "one without a price comes last");
  assert.equal(pick({ all: true }), "fabced");
  assert.equal(pick({ platform: "linux/arm64" }), "a");
  assert.equal(pick({ sandboxed: true }), "facd");
  assert.equal(pick({ tags: ["ci-cd-linux"] }), "fabd");
  assert.equal(pick({ kind: 5601 }), "abcd");
  assert.equal(pick({ kind: 5601, maxUnits: 99_999n }), "");
  assert.equal(
    pick({ kind: 5601, maxUnits: 100_000n }),
    "abc",
    "one that tells no price has none below",
  );
});

Deno.test("listText() and showText() say which kinds run outside of the sandbox or have named buyers, and --sandboxed leaves them out", () => {
  const prices = [5600, 5601].map((kind) => ({ kind, flatUnits: 1n, unitsPerKib: 0n }));
  const access = [{ kind: 5601, unsandboxed: true, namedBuyers: true }];
  const provider = shown(announcement("a", { prices, access }));
  assert.deepEqual(
    provider.prices.map(({ unsandboxed, named_buyers }) => [unsandboxed, named_buyers]),
    [[false, false], [true, true]],
  );
  const pick = (kind: number) =>
    keys(chosenProviders([provider], { ...ANY, kind, sandboxed: true }));
  assert.deepEqual([pick(5600), pick(5601)], ["a", ""]);
  const list = (one: typeof provider) => listText([one], 5601, M2M, NOW_MS, 200);
  assert.match(
    list(provider),
    / none .* echo ci-run\*\n\* runs outside of the sandbox, or is sold/s,
  );
  assert.doesNotMatch(list(shown(announcement("a"))), /\*/);
  const text = showText({ ...provider, relay_list: null, schemas: [] }, M2M, NOW_MS);
  assert.match(
    text,
    /^ci-run .*\(kind 5601\), runs outside of the sandbox, only for buyers whom the provider names$/m,
  );
  assert.match(text, /^echo .*\(kind 5600\)$/m);
});

Deno.test("a mode that holds only for some kinds is shown beside them, and only they are found by it", () => {
  const prices = [5600, 5601].map((kind) => ({ kind, flatUnits: 1n, unitsPerKib: 0n }));
  const offer = {
    ...NO_OFFER,
    modes: ["upfront", "metered"],
    modeKinds: [{ mode: "metered", kinds: [5601] }],
    runLimits: [{ seconds: 60, kinds: [5600] }],
    quotes: true,
  };
  const provider = shown(announcement("a", { prices, offer }));
  assert.deepEqual(
    provider.prices.map(({ payment_modes, run_limit_s }) => [payment_modes, run_limit_s]),
    [[["upfront"], 60], [["upfront", "metered"], null]],
  );
  const pick = (kind: number | null, text: string) =>
    keys(chosenProviders([provider], {
      ...ANY,
      kind,
      requirements: parseRequirements(text),
    }));
  assert.deepEqual(
    [pick(null, "mode=metered"), pick(5601, "mode=metered"), pick(5600, "mode=metered")],
    ["a", "a", ""],
  );
  assert.equal(pick(5600, "mode=upfront"), "a");
  const text = showText({ ...provider, relay_list: null, schemas: [] }, M2M, NOW_MS);
  assert.match(text, /^echo .*\(kind 5600\), paid upfront, at most 60 s$/m);
  assert.match(text, /^ci-run .*\(kind 5601\)$/m);
});

Deno.test("chosenProviders() orders by price, heartbeat or own history; of equals the lower key first", () => {
  const all = [
    announcement("d", { prices: [{ kind: 5601, flatUnits: 5n, unitsPerKib: 0n }] }),
    announcement("b", { createdAtS: NOW_S - 5 }),
    announcement("a"),
  ].map((one) => shown(one));
  const order = (sort: Choice["sort"]) => keys(chosenProviders(all, { ...ANY, sort }));
  assert.equal(order("price"), "dab");
  assert.equal(order("heard"), "bad");
  assert.equal(order("latency"), "bad", "b alone was timed");
  assert.equal(order("history"), "bad", "half of b's own jobs went well, and it has some");
});

Deno.test("chosenProviders() takes a requirement as met only where it is announced", () => {
  const benchmark = { atS: 1, cpuBytesS: 5e8, cpusBytesS: null, diskBytesS: null, sandboxMs: null };
  const large = { ...NO_OFFER, memoryBytes: 16 * 2 ** 30, engines: ["docker"], modes: ["upfront"] };
  const all = [
    announcement("a", { offer: large, sandbox: "bubblewrap+cgroup" }),
    announcement("b", { offer: { ...large, memoryBytes: 2 ** 30 }, platform: "linux/arm64" }),
    announcement("c", { offer: { ...NO_OFFER, benchmark } }),
  ].map((one) => shown(one));
  const pick = (text: string) =>
    keys(chosenProviders(all, { ...ANY, requirements: parseRequirements(text) }));
  assert.equal(pick("memory>=8G"), "a");
  assert.equal(pick("arch=x86_64"), "ac");
  assert.equal(pick("engine=docker,mode=upfront"), "ab");
  assert.equal(pick("tier=bubblewrap"), "abc");
  assert.equal(pick("tier=bubblewrap+cgroup"), "a");
  assert.equal(pick("cpu>=1"), "");
  assert.equal(pick("speed>=500M"), "", "binary millions");
  assert.equal(pick("speed>=400M"), "c");
  assert.equal(keys(chosenProviders(all, { ...ANY, sort: "speed" })), "cab");
});

Deno.test("providerChanges() reports providers that came, changed and left; a heartbeat or a queue is not a change", () => {
  const seen = (...list: Announcement[]) =>
    new Map(
      list.map((one) => {
        const provider = shown(one);
        return [provider.pubkey, { text: offerText(provider), provider }] as const;
      }),
    );
  const changes = (before: ReturnType<typeof seen>, now: ReturnType<typeof seen>) =>
    providerChanges(before, now).map(({ change, provider }) => `${change} ${provider.pubkey[0]}`);
  const before = seen(announcement("a"), announcement("b"), announcement("c"));
  const now = seen(
    announcement("a", {
      createdAtS: NOW_S,
      offer: { ...NO_OFFER, queue: { waiting: 2, places: 8 }, diskBytes: 5 },
    }),
    announcement("b", { platform: "linux/arm64" }),
    announcement("d"),
  );
  assert.deepEqual(changes(before, now), ["changed b", "came d", "gone c"]);
});
