import assert from "node:assert/strict";
import { parseAnnouncement } from "../../market/announcement.ts";
import type { Announcement } from "../../market/announcement.ts";
import { announcementTemplate } from "../../market/announcement_events.ts";
import { intake } from "../../market/intake.ts";
import { accessOfKind, accessTags, readAccess } from "../../market/kind_access.ts";
import { NO_OFFER } from "../../market/offer.ts";
import { chooseRequest } from "../../market/choose_request.ts";
import { meets, parseRequirements } from "../../market/requirement.ts";
import type { QuoteAnswer, QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { BUYER, runnerOn } from "./sequences/sequence_market.ts";
import { PLAIN_ORDER } from "./plain_order.ts";

const NAMED = [{ kind: 5600, unsandboxed: false, namedBuyers: true }];
const { buyer, relayReader } = runnerOn({} as Parameters<typeof runnerOn>[0]);
const [ANNOUNCED] = await relayReader.announcements({} as never) as Announcement[];

Deno.test("parseAnnouncement() reads which kinds run outside of the sandbox, and which only named buyers may buy", () => {
  const access = [
    { kind: 5650, unsandboxed: true, namedBuyers: true },
    { kind: 5651, unsandboxed: false, namedBuyers: true },
  ];
  const prices = [5600, 5650, 5651].map((kind) => ({ kind, flatUnits: 1n, unitsPerKib: 0n }));
  const template = announcementTemplate({ ...ANNOUNCED, prices, access }, 1_700_000_000);
  const read = parseAnnouncement({ ...template, pubkey: "a".repeat(64) } as NostrEvent);
  assert.deepEqual(read.access, access);
  assert.deepEqual(accessOfKind(read, 5600), {
    kind: 5600,
    unsandboxed: false,
    namedBuyers: false,
  });
});

Deno.test("a kind that runs in another sandbox is announced with it, and meets what that one meets", () => {
  const access = [{
    kind: 5602,
    unsandboxed: false,
    sandbox: "bubblewrap+cgroup",
    namedBuyers: false,
  }];
  const tags = accessTags(access);
  assert.deepEqual(tags, [["kind_sandbox", "5602", "bubblewrap+cgroup"]]);
  assert.deepEqual(readAccess(tags), access);
  assert.deepEqual(readAccess([["kind_sandbox", "5602"]]), [
    { kind: 5602, unsandboxed: false, namedBuyers: false },
  ]);
  const announcement = { platform: null, sandbox: "runsc+cgroup", access };
  const tier = parseRequirements("tier=runsc");
  assert.equal(meets(announcement, tier, 5601), true);
  assert.equal(meets(announcement, tier, 5602), false);
  assert.equal(meets(announcement, parseRequirements("tier=bubblewrap+cgroup"), 5602), true);
});

for (
  const [tier, met, missed] of [
    ["bubblewrap", ["none", "bubblewrap"], ["bubblewrap+cgroup", "runsc"]],
    ["runsc", ["bubblewrap", "runsc"], ["bubblewrap+cgroup", "runsc+cgroup", "runsc+kvm"]],
    ["runsc+cgroup", ["bubblewrap+cgroup", "runsc"], ["runsc+kvm", "firecracker"]],
    ["runsc+kvm", ["runsc", "runsc+kvm"], ["runsc+cgroup"]],
    ["firecracker", ["firecracker"], ["none", "bubblewrap", "runsc"]],
  ] as const
) {
  Deno.test(`a provider with the sandbox ${tier} meets ${met.join(", ")} and not ${missed.join(", ")}`, () => {
    const announcement = { platform: null, sandbox: tier };
    const meetsIt = (name: string) => meets(announcement, parseRequirements(`tier=${name}`), null);
    assert.deepEqual(met.filter((name) => !meetsIt(name)), []);
    assert.deepEqual(missed.filter(meetsIt), []);
  });
}

Deno.test("readAccess() leaves out tags that it cannot read, and reads at most 256 kinds", () => {
  const odd = ["", "05600", "5600 ", "6600", "1059", "56000", "-5600", "5600.0"];
  assert.deepEqual(readAccess([["unsandboxed"], ...odd.map((text) => ["unsandboxed", text])]), []);
  const many = Array.from({ length: 1_000 }, (_, at) => ["named_buyers", String(5_000 + at)]);
  assert.equal(readAccess([...many, ...many]).length, 256);
});

Deno.test("meets() takes a kind that runs outside of the sandbox for one without a sandbox", () => {
  const access = [{ kind: 5650, unsandboxed: true, namedBuyers: false }];
  const announcement = { ...ANNOUNCED, sandbox: "bubblewrap+cgroup", access };
  const tier = parseRequirements("tier=bubblewrap");
  assert.equal(meets(announcement, tier, 5600), true);
  assert.equal(meets(announcement, tier, 5650), false);
  assert.equal(meets(announcement, parseRequirements("tier=none"), 5650), true);
});

/** A provider with its price, and whether it can be asked for a quote. */
const provider = (letter: string, over: Partial<Announcement> = {}): Announcement => ({
  ...ANNOUNCED,
  pubkey: letter.repeat(64),
  prices: [{ kind: 5600, flatUnits: letter === "a" ? 100n : 200n, unitsPerKib: 0n }],
  offer: { ...NO_OFFER, quotes: true, modes: ["upfront"] },
  ...over,
});

/** Plans a job. `reasons` says why a provider gives no quote; the others give one. */
async function planned(
  announcements: readonly Announcement[],
  reasons: Readonly<Record<string, string>>,
  named: string | null = null,
) {
  const { build, assign } = intake({ clock: Date.now });
  const quotes = (questions: readonly QuoteQuestion[]) =>
    Promise.resolve(questions.map(({ provider, ilpAddress, request }): QuoteAnswer => {
      const reason = reasons[provider[0]] ?? null;
      const none = { provider, id: null, quote: null, bytes: null, reason, tookMs: 1 };
      if (reason !== null) return none;
      const units = provider[0] === "a" ? 100n : 200n;
      const quote = {
        requestId: built.get(JSON.stringify(request.tags)),
        priceUnits: units,
        depositUnits: units,
        mode: "upfront",
        ilpAddress,
      } as QuoteAnswer["quote"];
      return { ...none, id: "1".repeat(64), quote, bytes: new Uint8Array(1) };
    }));
  const built = new Map<string, string>();
  return await chooseRequest(
    {
      profile: buyer.prices,
      pubkey: BUYER,
      relayReader: { announcements: () => Promise.resolve([...announcements]) },
      passedOver: () => Promise.resolve([]),
      quotes,
    },
    {
      build,
      assign: (...args) => {
        const assigned = assign(...args);
        built.set(JSON.stringify(assigned.request.tags), assigned.eventId);
        return Promise.resolve(assigned);
      },
    },
    {
      type: "echo",
      kind: 5600,
      input: null,
      ...PLAIN_ORDER,
      bidUnits: 20_000_000n,
      provider: named,
      limitBytes: 32_767,
    } as never,
  );
}

const A = "a".repeat(64);
const LISTED = "the buyer is not on the allow list";

Deno.test("chooseRequest() pays a provider that serves named buyers if its quote shows that this buyer is one", async () => {
  const job = await planned([provider("a", { access: NAMED }), provider("c")], {});
  assert.deepEqual([job.provider[0], job.priceUnits, job.note], ["a", 100n, undefined]);
});

Deno.test("chooseRequest() never pays a provider that serves only others, not even as the next one", async () => {
  const each: Record<string, string>[] = [{ a: LISTED }, {
    a: LISTED,
    c: "no answer within the window",
  }];
  for (const reasons of each) {
    const job = await planned([provider("a", { access: NAMED }), provider("c")], reasons);
    assert.deepEqual([job.provider[0], job.candidates], ["c", []]);
  }
});

Deno.test("chooseRequest() says that a provider serves named buyers before anything is paid", async () => {
  const only = [provider("a", { access: NAMED })];
  for (const named of [null, A]) {
    await assert.rejects(planned(only, { a: LISTED }, named), {
      code: "buyer_not_named",
      message:
        `provider aaaaaaaa... sells kind 5600 only to buyers whom it names, and gave no quote: ${LISTED}; nothing was paid`,
      suggestion: `Ask the provider's owner to add your key ${BUYER} to node.allow_buyers`,
    });
  }
});

Deno.test("chooseRequest() asks a provider of named buyers that gives no quotes only if the buyer names it", async () => {
  for (
    const over of [
      { offer: { ...NO_OFFER, quotes: false } },
      { prices: [{ kind: 5600, flatUnits: 0n, unitsPerKib: 0n }] },
    ]
  ) {
    const only = [provider("a", { access: NAMED, ...over })];
    await assert.rejects(planned(only, {}), {
      code: "buyer_not_named",
      suggestion: `If the provider has named your key ${BUYER}: --provider ${A}`,
    });
    const job = await planned(only, {}, A);
    assert.match(job.note ?? "", /serves only buyers whom it names, and could not be asked/);
  }
});
