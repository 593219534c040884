/** nostr-tools, a client that is not ours, against our relay server. */
import assert from "node:assert/strict";
import { finalizeEvent, verifyEvent } from "nostr-tools/pure";
import { SimplePool } from "nostr-tools/pool";
import { Relay } from "nostr-tools/relay";
import { fetchRelayInformation } from "nostr-tools/nip11";
import { type RelayServer, startRelayServer } from "../../../network/relay/relay_server.ts";
import { encodeToon } from "../../../protocols/toon/encode.ts";

const KEY = new Uint8Array(32).fill(6);

function start(write: "ilp" | "nostr"): Promise<RelayServer> {
  const identity = {
    name: "ours",
    description: "for tests",
    pubkey: "a".repeat(64),
    ilpAddress: "g.dev.relay",
    priceUnitsPerByte: 10n,
    asset: { code: "M2M", scale: 6 },
    version: "0.0.0",
  };
  return startRelayServer({ file: ":memory:", identity, write });
}

function signed(content: string, ageS = 0, kind = 1, tags: string[][] = []) {
  const created_at = Math.floor(Date.now() / 1_000) - ageS;
  return finalizeEvent({ kind, created_at, tags, content }, KEY);
}

const bytes = (event: unknown) => new TextEncoder().encode(JSON.stringify(event));

/** How long a busy machine may take; the library's own limits are 4.4 s. */
const PATIENCE_MS = 120_000;

async function connected(url: string): Promise<Relay> {
  const relay = new Relay(url);
  relay.baseEoseTimeout = relay.publishTimeout = PATIENCE_MS;
  await relay.connect({ timeout: PATIENCE_MS });
  return relay;
}

Deno.test("nostr-tools' Relay subscribes to our relay: stored, EOSE, live", async () => {
  await using server = await start("ilp");
  const old = signed("old", 10, 5600, [["t", "ci"]]);
  await server.write(encodeToon(old, "1.4"));
  const relay = await connected(server.url);
  try {
    const got: string[] = [];
    const { promise: eose, resolve: onEose } = Promise.withResolvers<void>();
    const { promise: live, resolve: onLive } = Promise.withResolvers<void>();
    const subscription = relay.subscribe([{ kinds: [5600], "#t": ["ci"] }], {
      onevent(event) {
        assert.ok(verifyEvent({ ...event }));
        got.push(event.id);
        if (got.length === 2) onLive();
      },
      oneose: onEose,
    });
    await eose;
    assert.deepEqual(got, [old.id]);
    const young = signed("young", 0, 5600, [["t", "ci"]]);
    await server.write(bytes(young));
    await live;
    assert.deepEqual(got, [old.id, young.id]);
    subscription.close();
  } finally {
    relay.close();
  }
});

Deno.test("nostr-tools' publish is refused by our paid relay with the words of the protocol", async () => {
  await using server = await start("ilp");
  const relay = await connected(server.url);
  try {
    await assert.rejects(relay.publish(signed("free?")), {
      message: /restricted: writes require ILP payment/,
    });
    assert.equal(server.status().events, 0);
  } finally {
    relay.close();
  }
});

Deno.test("nostr-tools' SimplePool publishes to and queries our relay in nostr mode", async () => {
  await using server = await start("nostr");
  const pool = new SimplePool();
  try {
    const relay = await pool.ensureRelay(server.url, { connectionTimeout: PATIENCE_MS });
    relay.baseEoseTimeout = relay.publishTimeout = PATIENCE_MS;
    const events = [signed("a", 3), signed("b", 2, 7), signed("c", 1)];
    for (const event of events) {
      await Promise.all(pool.publish([server.url], event));
    }
    const found = await pool.querySync([server.url], { kinds: [1] });
    assert.deepEqual(found.map(({ content }) => content).sort(), ["a", "c"]);
    const one = await pool.get([server.url], { ids: [events[1]!.id] });
    assert.equal(one?.content, "b");
    const forged = { ...signed("d"), content: "forged" };
    await assert.rejects(Promise.all(pool.publish([server.url], forged)), {
      message: /^invalid: /,
    });
  } finally {
    pool.close([server.url]);
    pool.destroy();
  }
});

Deno.test("nostr-tools reads our relay's NIP-11 document", async () => {
  await using server = await start("ilp");
  const information = await fetchRelayInformation(server.url);
  assert.equal(information.name, "ours");
  assert.ok(information.supported_nips.includes(1));
});
