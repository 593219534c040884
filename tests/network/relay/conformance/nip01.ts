/** NIP-01, with the rules of NIP-02, NIP-16 and NIP-33 about the same things. */
import assert from "node:assert/strict";
import { type Clause, codeOf, kept, made, missed, next, NOW_S } from "./clause.ts";

const FREE = { write: "nostr" } as const;
const long = "a".repeat(64);

export const NIP_01: readonly Clause[] = [
  kept("01", "REQ returns stored events newest first, then EOSE, then live ones", async (at) => {
    const [old, young, live] = [made({ ago: 9 }), made({ ago: 5 }), made({ content: "live" })];
    await at.write(old!, young!);
    assert.deepEqual(await at.client.stored("s", {}), [young, old]);
    await at.write(live!);
    await next(at.client, ["EVENT", "s", live]);
  }),
  kept("01", "of the same second, the lowest id comes first", async (at) => {
    const events = ["a", "b", "c", "d"].map((content) => made({ content, ago: 5 }));
    await at.write(...events);
    const sorted = [...events].sort((x, y) => x.id < y.id ? -1 : 1);
    assert.deepEqual(await at.client.stored("s", {}), sorted);
    assert.deepEqual(await at.client.stored("s", { limit: 2 }), sorted.slice(0, 2));
  }),
  kept(
    "01",
    "all conditions of a filter must match; of several filters, one must match",
    async (at) => {
      const [a, b] = [made({ kind: 1, ago: 3 }), made({ kind: 7, ago: 2 }, 2)];
      await at.write(a!, b!);
      assert.deepEqual(await at.client.stored("s", { kinds: [1], authors: [b!.pubkey] }), []);
      assert.deepEqual(await at.client.stored("s", { kinds: [1] }, { authors: [b!.pubkey] }), [
        b,
        a,
      ]);
      assert.deepEqual(await at.client.stored("s", { kinds: [1, 7] }), [b, a]);
    },
  ),
  kept("01", "an event that several filters find is sent once, stored and live", async (at) => {
    const one = made({ ago: 1 });
    await at.write(one);
    assert.deepEqual(await at.client.stored("s", {}, { kinds: [1] }, { ids: [one.id] }), [one]);
    const [live, last] = [made({ content: "live" }), made({ kind: 7 })];
    await at.write(live!, last!);
    await next(at.client, ["EVENT", "s", live]);
    await next(at.client, ["EVENT", "s", last]);
  }),
  kept("01", "since and until include their second", async (at) => {
    const events = [3, 2, 1].map((ago) => made({ ago }));
    await at.write(...events);
    const at2 = NOW_S - 2;
    assert.deepEqual(await at.client.stored("s", { since: at2, until: at2 }), [events[1]]);
  }),
  kept(
    "01",
    "a tag filter matches the first value of tags of one letter, either case",
    async (at) => {
      const small = made({ tags: [["t", "x", "y"]], ago: 2 });
      const large = made({ tags: [["T", "x"]], ago: 1 });
      await at.write(small, large);
      assert.deepEqual(await at.client.stored("s", { "#t": ["x"] }), [small]);
      assert.deepEqual(await at.client.stored("s", { "#T": ["x", "z"] }), [large]);
      assert.deepEqual(await at.client.stored("s", { "#t": ["y"] }), []);
    },
  ),
  kept("01", "limit applies to stored events, newest first, not to live ones", async (at) => {
    const events = [5, 4, 3].map((ago) => made({ ago }));
    await at.write(...events);
    assert.deepEqual(await at.client.stored("s", { limit: 1 }), [events[2]]);
    assert.deepEqual(await at.client.stored("none", { limit: 0 }), []);
    const live = [made({ content: "1" }), made({ content: "2" })];
    await at.write(...live);
    for (const event of live) {
      const got = [await at.client.next(), await at.client.next()];
      assert.deepEqual(got.map(([, id, one]) => [id, one.id]).sort(), [
        ["none", event.id],
        ["s", event.id],
      ]);
    }
  }),
  kept("01", "each filter has its own limit", async (at) => {
    const [a, b, c] = [made({ ago: 3 }), made({ ago: 2, kind: 7 }), made({ ago: 1 })];
    await at.write(a!, b!, c!);
    const filters = [{ kinds: [1], limit: 1 }, { kinds: [7], limit: 1 }];
    assert.deepEqual(await at.client.stored("s", ...filters), [c, b]);
  }),
  kept("01", "a REQ with an open subscription id replaces that subscription", async (at) => {
    await at.client.stored("s", { kinds: [1] });
    await at.client.stored("s", { kinds: [7] });
    const wanted = made({ kind: 7 });
    await at.write(made({ kind: 1 }), wanted);
    await next(at.client, ["EVENT", "s", wanted]);
  }),
  kept("01", "CLOSE ends a subscription, without an answer", async (at) => {
    await at.client.stored("s", { kinds: [1] });
    at.client.send("CLOSE", "s");
    await at.client.stored("other", { kinds: [7] });
    const wanted = made({ kind: 7 });
    await at.write(made({ kind: 1 }), wanted);
    await next(at.client, ["EVENT", "other", wanted]);
  }),
  kept("01", "subscriptions belong to their connection", async (at) => {
    using other = await at.connect();
    await at.client.stored("s", { kinds: [1] });
    await other.stored("s", { kinds: [7] });
    const [one, seven] = [made(), made({ kind: 7 })];
    await at.write(one!, seven!);
    await next(at.client, ["EVENT", "s", one]);
    await next(other, ["EVENT", "s", seven]);
  }),
  kept("01", "a subscription id has 1 to 64 characters", async (at) => {
    assert.deepEqual(await at.client.stored("x".repeat(64), {}), []);
    for (const id of ["", "x".repeat(65)]) {
      at.client.send("REQ", id, {});
      await next(at.client, ["NOTICE", "error: invalid subscription id"]);
    }
  }),
  kept("01", "EVENT is answered with OK, true when it is stored", async (at) => {
    const one = made();
    at.client.send("EVENT", one);
    await next(at.client, ["OK", one.id, true, ""]);
  }, FREE),
  kept("01", "an event that is already stored gets OK true and `duplicate:`", async (at) => {
    const one = made();
    await at.write(one);
    at.client.send("EVENT", one);
    await next(at.client, ["OK", one.id, true, "duplicate: already have this event"]);
  }, FREE),
  kept("01", "a wrong id or signature gets OK false and `invalid:`", async (at) => {
    const one = made();
    for (const bad of [{ ...one, content: "x" }, { ...one, sig: made({ kind: 7 }).sig }]) {
      at.client.send("EVENT", bad);
      const [type, id, accepted, words] = await at.client.next();
      assert.deepEqual([type, id, accepted], ["OK", one.id, false]);
      assert.match(words, /^invalid: /);
    }
    assert.equal(at.relay.status().events, 0);
  }, FREE),
  kept("01", "a blocked author gets OK false and `blocked:`", async (at) => {
    const one = made({}, 9);
    at.client.send("EVENT", one);
    const [, , accepted, words] = await at.client.next();
    assert.equal(accepted, false);
    assert.match(words, /^blocked: /);
  }, { ...FREE, blocked: { pubkeys: [made({}, 9).pubkey] } }),
  kept("01", "a refused REQ is CLOSED with a prefix that programs read", async (at) => {
    for (
      const [filter, words] of [
        [{ kinds: ["1"] }, /^invalid: /],
        [{ unheard: 1 }, /^unsupported: /],
      ] as const
    ) {
      at.client.send("REQ", "s", filter);
      const [type, id, reason] = await at.client.next();
      assert.deepEqual([type, id], ["CLOSED", "s"]);
      assert.match(reason, words);
    }
  }),
  kept(
    "01",
    "of a replaceable kind the newest is kept, of the same second the lowest id",
    async (at) => {
      for (const kind of [0, 3, 10_000, 19_999]) {
        const tied = ["a", "b", "c"].map((content) => made({ kind, content, ago: 5 }))
          .sort((x, y) => x.id < y.id ? -1 : 1);
        for (const each of [tied[1]!, tied[2]!, tied[0]!]) await codeOf(at.relay, each);
        assert.deepEqual(await at.client.stored("s", { kinds: [kind] }), [tied[0]]);
        at.client.send("CLOSE", "s");
        await at.client.stored("closed", { limit: 0, ids: [] });
        assert.equal(await codeOf(at.relay, made({ kind, ago: 6 })), "superseded");
        const newer = made({ kind, ago: 4 });
        await at.write(newer);
        assert.deepEqual(await at.client.stored("s", { kinds: [kind] }), [newer]);
      }
    },
  ),
  kept("01", "of an addressable kind the newest is kept for each author and d", async (at) => {
    const of = (d: string, ago: number, author = 1) =>
      made({ kind: 30_000, tags: [["d", d]], ago }, author);
    const last = [of("a", 1), of("b", 2), of("a", 3, 2)];
    await at.write(of("a", 9), ...last);
    assert.deepEqual(await at.client.stored("s", { kinds: [30_000] }), last);
  }),
  kept(
    "01",
    "an event of an ephemeral kind goes to open subscriptions and is not stored",
    async (at) => {
      await at.client.stored("s", { kinds: [20_000, 29_999] });
      for (const kind of [20_000, 29_999]) {
        const one = made({ kind });
        assert.equal(await codeOf(at.relay, one), "broadcast");
        await next(at.client, ["EVENT", "s", one]);
      }
      assert.equal(at.relay.status().events, 0);
    },
  ),
  kept("01", "an invalid client message is answered with NOTICE", async (at) => {
    for (const text of ["{", "{}", '["PING"]', "[]"]) {
      at.client.sendText(text);
      assert.equal((await at.client.next())[0], "NOTICE");
    }
  }),
  missed(
    "01",
    "filters match ids and authors by prefix (before 2023, and the network's relays of early 2026)",
    "as in today's NIP-01: 64 hex digits; a shorter value is CLOSED `invalid:`",
    async (at) => {
      at.client.send("REQ", "s", { ids: ["abcd"] });
      assert.match((await at.client.next())[2], /^invalid: /);
      assert.deepEqual(await at.client.stored("s", { authors: [long] }), []);
    },
  ),
];
