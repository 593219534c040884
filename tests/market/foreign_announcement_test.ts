/** Announcements (NIP-89) of other programs, and providers that are named without one. */
import assert from "node:assert/strict";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { announcementsOf, parseAnnouncement } from "../../market/announcement.ts";
import { announcementTemplate, withdrawalTemplates } from "../../market/announcement_events.ts";
import { chooseProviders, type Wanted } from "../../market/choose_provider.ts";
import { relayReader } from "../../market/relay_reader.ts";
import { NOW_S, PROVIDER, signed, STRANGER } from "./market.ts";

/** In the form of vendata and NDK: their own `d`, kinds, texts in JSON, and no price that we know. */
const foreign = (tags: readonly (readonly string[])[] = [], author: Pubkey = STRANGER) =>
  signed({
    kind: 31_990,
    created_at: NOW_S - 3_600,
    tags: [["d", "a1b2c3"], ["k", "5600"], ["k", "5050"], ["t", "bitcoin"], ...tags],
    content: JSON.stringify({ name: "DVM", about: "does it", amount: "free", nip90Params: {} }),
  }, author);
const own = (ilpAddress: string | null = "g.town.provider", author: Pubkey = STRANGER) =>
  signed(
    announcementTemplate({
      prices: [{ kind: 5600, flatUnits: 5n, unitsPerKib: 0n }],
      tags: [],
      platform: null,
      ilpAddress,
      name: "",
      about: "",
    }, NOW_S - 10),
    author,
  );

const WANTED: Wanted = {
  kind: 5600,
  type: "echo",
  tags: [],
  platform: null,
  bidUnits: null,
  sizeBytes: 1_024,
  provider: null,
  freeWrites: true,
};

Deno.test("parseAnnouncement() reads one of another program, and says what has no price", () => {
  const read = parseAnnouncement(foreign());
  assert.deepEqual(read.prices, []);
  assert.deepEqual(read.unpriced, [5600, 5050]);
  assert.deepEqual([read.name, read.ilpAddress, read.expiresAtS], ["DVM", null, NOW_S + 82_800]);
  const priced = parseAnnouncement(foreign([["price", "5600", "7", "0", "units"]]));
  assert.deepEqual(priced.prices, [{ kind: 5600, flatUnits: 7n, unitsPerKib: 0n }]);
  assert.deepEqual(priced.unpriced, [5050]);
});

Deno.test("announcementsOf() gives one of each provider: its own kind of announcement before others", () => {
  const of = (...events: ReturnType<typeof foreign>[]) => announcementsOf(events, [5600]);
  assert.deepEqual(of(foreign(), own()), [parseAnnouncement(own())]);
  assert.deepEqual(of(own(), foreign()), [parseAnnouncement(own())]);
  assert.equal(of(foreign(), own(null, PROVIDER)).length, 2);
  assert.deepEqual(announcementsOf([foreign()], [5999]), [], "a relay may ignore what was asked");
  assert.deepEqual(announcementsOf([foreign([["price", "5600", "x", "0", "units"]])], [5600]), []);
});

Deno.test("announcementsOf() finds the offer of each kind of a program that publishes one for each skill", () => {
  const offers = [5600, 5050].map((kind) =>
    signed({
      kind: 31_990,
      created_at: NOW_S - 60,
      tags: [["d", String(kind)], ["k", String(kind)]],
      content: "",
    }, STRANGER)
  );
  for (const kind of [5600, 5050]) {
    assert.deepEqual(announcementsOf(offers, [kind]).map(({ unpriced }) => unpriced), [[kind]]);
  }
});

Deno.test("chooseProviders() says how many announcements it saw that are no longer valid", () => {
  const old = parseAnnouncement(
    signed({ ...foreign(), created_at: NOW_S - 30 * 86_400 }, STRANGER),
  );
  assert.throws(() => chooseProviders([old], WANTED, NOW_S), {
    code: "no_provider",
    message: "no provider for echo; seen: nobody, and 1 with an announcement that is not valid now",
    suggestion: /^Name one with --provider/,
  });
});

Deno.test("announcements() asks by the kind that is wanted, whatever the d tag is", async () => {
  const asked: unknown[] = [];
  const reader = relayReader({
    url: "ws://127.0.0.1:1/",
    publish: () => Promise.reject(new Error("not asked")),
    query(filters) {
      asked.push(filters);
      const bytes = new TextEncoder().encode(JSON.stringify(foreign()));
      const document = { type: "document", bytes, encoding: "json", createdAtS: 1 } as const;
      const documents = [{ ...document, stored: true }];
      return Promise.resolve({ documents, ended: "eose", reason: null });
    },
  }, { sleep: () => Promise.resolve() });
  const [found] = await reader.announcements([5600], STRANGER);
  assert.equal(found!.pubkey, STRANGER);
  assert.deepEqual(asked, [[{ kinds: [31_990], "#k": ["5600"], authors: [STRANGER], limit: 200 }]]);
});

Deno.test("chooseProviders() takes a foreign announcement by itself only where it has price and ILP address", () => {
  const pick = (...events: ReturnType<typeof foreign>[]) =>
    chooseProviders(announcementsOf(events, [5600]), WANTED, NOW_S)[0];
  const priced = foreign([["price", "5600", "7", "0", "units"], ["ilp", "g.far.dvm"]]);
  assert.deepEqual([pick(priced).priceUnits, pick(priced).lacks], [7n, undefined]);
  assert.throws(() => pick(foreign()), {
    code: "no_provider",
    message: /kinds 5600 5050, tags bitcoin; it names no price in units\)$/,
    suggestion: /Name one with --provider/,
  });
  assert.throws(() => pick(own(null)), { message: /; it names a price and no ILP address\)$/ });
});

for (
  const { name, events, lacks } of [
    { name: "that announces nothing", events: [], lacks: "is not announced" },
    { name: "without a price", events: [foreign()], lacks: "names no price in units" },
    {
      name: "without an ILP address",
      events: [own(null)],
      lacks: "names a price and no ILP address",
    },
  ]
) {
  Deno.test(`chooseProviders() asks a named provider ${name} unpaid, where writes go free`, () => {
    const named = { ...WANTED, provider: STRANGER, platform: "linux/arm64" };
    const list = announcementsOf(events, [5600]);
    const [chosen, ...others] = chooseProviders(list, named, NOW_S);
    assert.deepEqual(
      [chosen.announcement.pubkey, chosen.priceUnits, chosen.lacks, others],
      [STRANGER, 0n, lacks, []],
    );
    const paid = { ...named, freeWrites: false };
    assert.throws(() => chooseProviders(list, paid, NOW_S), { code: "no_provider" });
  });
}

Deno.test("chooseProviders() asks a named provider at its announced price, and not one that has withdrawn", () => {
  const named = { ...WANTED, provider: STRANGER };
  assert.equal(chooseProviders(announcementsOf([own()], [5600]), named, NOW_S)[0].priceUnits, 5n);
  const [offline] = withdrawalTemplates(STRANGER, [5600], NOW_S);
  const gone = announcementsOf([signed(offline, STRANGER)], [5600]);
  assert.throws(() => chooseProviders(gone, named, NOW_S), {
    code: "no_provider",
    message: /it has withdrawn its announcement/,
  });
  assert.throws(() => chooseProviders([], { ...named, own: STRANGER }, NOW_S), { code: "own_key" });
});
