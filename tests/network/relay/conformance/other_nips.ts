/** NIP-09, 11, 40, 42, 45, 50 and 70. */
import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../protocols/nostr/event.ts";
import { RELAY_SERVER_LIMITS } from "../../../../network/relay/limits.ts";
import { type Clause, codeOf, kept, made, missed, next, NOW_S, type World } from "./clause.ts";

const FREE = { write: "nostr" } as const;

async function proof(at: World, challenge: string, fields: Partial<NostrEvent> = {}, author = 1) {
  const tags = [["relay", at.relay.url], ["challenge", challenge]];
  return await Promise.resolve(made({ kind: 22_242, tags, ...fields } as never, author));
}

/** Sends a proof of a key with the world's own client, which just got the challenge. */
async function prove(at: World, author = 1): Promise<void> {
  const [type, challenge] = await at.client.next();
  assert.equal(type, "AUTH");
  const answer = await proof(at, challenge, {}, author);
  at.client.send("AUTH", answer);
}

async function information(at: World): Promise<Record<string, unknown>> {
  const url = at.relay.url.replace("ws:", "http:");
  return await (await fetch(url, { headers: { accept: "application/nostr+json" } })).json();
}

export const OTHER_NIPS: readonly Clause[] = [
  kept(
    "09",
    "kind 5 deletes the events in its e tags, only those of its own author",
    async (at) => {
      const [mine, theirs] = [made({ ago: 3 }), made({ ago: 2 }, 2)];
      await at.write(mine!, theirs!);
      const deletion = made({ kind: 5, tags: [["e", mine!.id], ["e", theirs!.id]] });
      await at.write(deletion);
      assert.deepEqual(await at.client.stored("s", {}), [deletion, theirs]);
    },
  ),
  kept(
    "09",
    "an a tag deletes every version up to the deletion, only of its own author",
    async (at) => {
      const of = (ago: number, author = 1) =>
        made({ kind: 30_000, tags: [["d", "x"]], ago }, author);
      const [mine, theirs] = [of(9), of(9, 2)];
      await at.write(mine, theirs);
      const address = (event: NostrEvent) => ["a", `30000:${event.pubkey}:x`];
      await at.write(made({ kind: 5, tags: [address(mine), address(theirs)], ago: 5 }));
      assert.deepEqual(await at.client.stored("s", { kinds: [30_000] }), [theirs]);
      assert.equal(await codeOf(at.relay, of(6)), "deleted");
      assert.equal(await codeOf(at.relay, of(4)), "stored");
    },
  ),
  kept("09", "a deletion also applies to events that arrive later", async (at) => {
    const late = made({ ago: 9 });
    await at.write(made({ kind: 5, tags: [["e", late.id]] }));
    assert.equal(await codeOf(at.relay, late), "deleted");
  }),
  kept("09", "a deletion stays stored, and cannot be deleted itself", async (at) => {
    const deletion = made({ kind: 5, tags: [["e", made({ ago: 9 }).id]], ago: 2 });
    await at.write(deletion, made({ kind: 5, tags: [["e", deletion.id]] }));
    assert.ok((await at.client.stored("s", { ids: [deletion.id] })).length === 1);
  }),
  kept("11", "the document is served with CORS headers to any GET", async (at) => {
    const response = await fetch(at.relay.url.replace("ws:", "http:"));
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.match(response.headers.get("content-type")!, /^application\/nostr\+json/);
    assert.ok(Array.isArray((await response.json()).supported_nips));
  }),
  kept("11", "max_message_length: a longer message closes the connection with 1009", async (at) => {
    const { limitation } = await information(at) as { limitation: Record<string, number> };
    at.client.sendText("x".repeat(limitation.max_message_length! + 1));
    assert.match(await at.client.closed, /^1009/);
  }, { limits: { maxMessageBytes: 70_000 } }),
  kept("11", "max_subscriptions: one more is CLOSED", async (at) => {
    for (const id of ["a", "b"]) await at.client.stored(id, {});
    at.client.send("REQ", "c", {});
    await next(at.client, ["CLOSED", "c", "error: too many subscriptions"]);
  }, { limits: { maxSubscriptions: 2 } }),
  kept("11", "max_filters: a REQ with more is CLOSED", async (at) => {
    at.client.send("REQ", "s", ...Array(RELAY_SERVER_LIMITS.maxFilters + 1).fill({}));
    await next(at.client, ["CLOSED", "s", "error: too many filters"]);
  }),
  kept("11", "max_limit and default_limit: no filter returns more", async (at) => {
    await at.write(...Array.from({ length: 5 }, (_, ago) => made({ ago })));
    assert.equal((await at.client.stored("s", {})).length, 3);
    assert.equal((await at.client.stored("s", { limit: 50 })).length, 3);
  }, { limits: { maxLimit: 3 } }),
  kept("11", "max_event_tags: an event with more is refused", async (at) => {
    const tags = Array.from({ length: 4 }, (_, n) => ["t", String(n)]);
    assert.equal(await codeOf(at.relay, made({ tags })), "too_many_tags");
    assert.equal(await codeOf(at.relay, made({ tags: tags.slice(1) })), "stored");
  }, { limits: { maxEventTags: 3 } }),
  kept("11", "created_at_upper_limit: a later event is refused", async (at) => {
    assert.equal(await codeOf(at.relay, made({ ago: -11 })), "too_new");
    assert.equal(await codeOf(at.relay, made({ ago: -10 })), "stored");
  }, { limits: { maxAheadS: 10 } }),
  kept(
    "11",
    "payment_required and restricted_writes: EVENT is refused if packets pay for writes",
    async (at) => {
      const { limitation } = await information(at) as { limitation: Record<string, unknown> };
      assert.deepEqual([limitation.payment_required, limitation.restricted_writes], [true, true]);
      at.client.send("EVENT", made());
      assert.equal((await at.client.next())[3], "restricted: writes require ILP payment");
    },
  ),
  kept("11", "retention is announced as it is applied", async (at) => {
    assert.deepEqual((await information(at)).retention, [{ kinds: [7], time: 60, count: 5 }]);
  }, { retention: [{ kinds: [7], maxAgeS: 60, maxCount: 5 }] }),
  kept("40", "an expired event is neither accepted nor served", async (at) => {
    assert.equal(
      await codeOf(at.relay, made({ tags: [["expiration", String(NOW_S)]] })),
      "expired",
    );
    const passing = made({ tags: [["expiration", String(NOW_S + 60)]] });
    await at.write(passing);
    assert.deepEqual(await at.client.stored("s", {}), [passing]);
    at.time.nowMs += 60_000;
    assert.deepEqual(await at.client.stored("s", {}), []);
    at.client.send("COUNT", "c", {});
    await next(at.client, ["COUNT", "c", { count: 0 }]);
  }),
  kept(
    "42",
    "private kinds: a REQ without a proof gets AUTH, then CLOSED `auth-required:`",
    async (at) => {
      at.client.send("REQ", "s", { kinds: [1059] });
      assert.match((await at.client.next())[1], /^[0-9a-f]{32}$/);
      const [type, id, words] = await at.client.next();
      assert.deepEqual([type, id], ["CLOSED", "s"]);
      assert.match(words, /^auth-required: /);
    },
  ),
  kept(
    "42",
    "private kinds go only to author and addressee: stored, live and counted",
    async (at) => {
      const to = (author: number) => [["p", made({}, author).pubkey]];
      const [forOne, forTwo] = [
        made({ kind: 4, tags: to(1), ago: 2 }, 3),
        made({ kind: 4, tags: to(2), ago: 1 }, 3),
      ];
      await at.write(forOne!, forTwo!, made({ ago: 5 }));
      assert.equal((await at.client.stored("all", {})).length, 1, "without a proof");
      at.client.send("REQ", "s", { kinds: [4] });
      await prove(at);
      assert.equal((await at.client.next())[0], "CLOSED");
      assert.deepEqual((await at.client.next()).slice(2), [true, ""]);
      assert.deepEqual(await at.client.stored("s", { kinds: [4] }), [forOne]);
      at.client.send("COUNT", "c", { kinds: [4] });
      await next(at.client, ["COUNT", "c", { count: 1 }]);
      at.client.send("CLOSE", "all");
      const live = made({ kind: 4, tags: to(1) }, 4);
      await at.write(made({ kind: 4, tags: to(2) }, 4), live);
      await next(at.client, ["EVENT", "s", live]);
    },
  ),
  kept(
    "42",
    "a proof for another challenge, relay, kind or time, or forged, is refused",
    async (at) => {
      at.client.send("REQ", "s", { kinds: [4] });
      const [, challenge] = await at.client.next();
      await at.client.next();
      const good = await proof(at, challenge);
      const bad = [
        await proof(at, "0".repeat(32)),
        await proof(at, challenge, {
          tags: [["relay", "ws://example.org/"], ["challenge", challenge]],
        }),
        await proof(at, challenge, { kind: 1 }),
        await proof(at, challenge, { created_at: NOW_S - 601 }),
        { ...good, sig: made().sig },
        { ...good, content: "x" },
      ];
      for (const each of bad) {
        at.client.send("AUTH", each);
        const [type, id, accepted, words] = await at.client.next();
        assert.deepEqual([type, id, accepted], ["OK", each.id, false]);
        assert.match(words, /^invalid: /);
      }
      at.client.send("AUTH", good);
      await next(at.client, ["OK", good.id, true, ""]);
    },
  ),
  kept("42", "a proof is never stored or passed on", async (at) => {
    assert.equal(await codeOf(at.relay, await proof(at, "x")), "not_stored");
  }),
  kept("42", "auth_required: nothing is read or written before a proof", async (at) => {
    const [type, challenge] = await at.client.next();
    assert.equal(type, "AUTH");
    at.client.send("REQ", "s", {});
    assert.match((await at.client.next())[2], /^auth-required: /);
    at.client.send("EVENT", made());
    assert.match((await at.client.next())[3], /^auth-required: /);
    at.client.send("AUTH", await proof(at, challenge));
    assert.equal((await at.client.next())[2], true);
    assert.deepEqual(await at.client.stored("s", {}), []);
  }, { ...FREE, access: { required: true } }),
  kept("45", "COUNT says how many events match any of the filters, each once", async (at) => {
    await at.write(made({ ago: 1 }), made({ ago: 2 }), made({ kind: 7 }));
    at.client.send("COUNT", "c", { kinds: [1], limit: 1 }, { kinds: [1, 7] });
    await next(at.client, ["COUNT", "c", { count: 3 }]);
  }),
  kept("45", "beyond a bound the count is `approximate`", async (at) => {
    await at.write(made({ ago: 1 }), made({ ago: 2 }), made({ ago: 3 }));
    at.client.send("COUNT", "c", {});
    await next(at.client, ["COUNT", "c", { count: 2, approximate: true }]);
  }, { limits: { maxCounted: 2 } }),
  kept("45", "a COUNT that is refused is CLOSED", async (at) => {
    at.client.send("COUNT", "c", { kinds: [4] });
    assert.equal((await at.client.next())[0], "AUTH");
    assert.equal((await at.client.next())[0], "CLOSED");
  }),
  missed("45", "HyperLogLog (`hll`)", "counts are exact up to 100,000", async (at) => {
    at.client.send("COUNT", "c", { "#e": ["a".repeat(64)], kinds: [7] });
    await next(at.client, ["COUNT", "c", { count: 0 }]);
  }),
  missed("50", "search", "CLOSED `unsupported:`, never treated as a wider filter", async (at) => {
    at.client.send("REQ", "s", { search: "x" });
    await next(at.client, ["CLOSED", "s", "unsupported: filter contains unknown elements"]);
  }),
  kept("70", "a protected event is accepted only from its author, after a proof", async (at) => {
    const mine = made({ tags: [["-"]] });
    at.client.send("EVENT", mine);
    await prove(at);
    assert.match((await at.client.next())[3], /^auth-required: /);
    assert.equal((await at.client.next())[2], true);
    at.client.send("EVENT", mine);
    await next(at.client, ["OK", mine.id, true, ""]);
    at.client.send("EVENT", made({ tags: [["-"]] }, 2));
    assert.equal((await at.client.next())[2], false);
  }, FREE),
];
