import assert from "node:assert/strict";
import { ilpPeerInfoTemplate } from "../../../protocols/nostr/ilp_peer_info.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { followedPeers, learnTerms } from "../../../market/terms/learn_terms.ts";
import { relayReader } from "../../../market/relay_reader.ts";
import { documentOf, nowS, PAYER, RULES, STRANGER, TOWN } from "./parties.ts";

/** A relay that answers every question with these events, in this order. */
function hostile(events: readonly NostrEvent[]) {
  return relayReader({
    url: "wss://relay.example/",
    publish: () => assert.fail("nothing is published"),
    query: () =>
      Promise.resolve({
        documents: events.map((event) => ({
          type: "document" as const,
          bytes: documentOf(event),
          encoding: "json" as const,
          createdAtS: event.created_at,
          stored: true,
        })),
        ended: "eose" as const,
        reason: null,
      }),
  }, { sleep: () => Promise.resolve() });
}

const announce = (by: typeof TOWN, ilpAddress: string, createdAtS: number) =>
  by.sign(ilpPeerInfoTemplate({
    ilpAddress,
    btpEndpoint: null,
    assetCode: "M2M",
    assetScale: 6,
    pricePerByteUnits: 10n,
  }, createdAtS));

Deno.test("learnTerms() takes the newest of the pinned key, whatever else a relay delivers", async () => {
  const good = await announce(TOWN, "g.new", nowS - 10);
  const events = [
    await announce(TOWN, "g.old", nowS - 20),
    await announce(STRANGER, "g.thief", nowS),
    { ...await announce(STRANGER, "g.thief", nowS), pubkey: TOWN.pubkey } as unknown as NostrEvent,
    { ...good, content: good.content.replace("g.new", "g.thief"), created_at: nowS },
    await TOWN.sign({ kind: 1, created_at: nowS, tags: [], content: good.content }),
    good,
  ];
  for (const order of [events, events.toReversed()]) {
    const { terms } = await learnTerms(hostile(order), RULES, nowS);
    assert.equal(terms.ilpAddress, "g.new");
  }
});

Deno.test("learnTerms() reports none if only strangers announce", async () => {
  const events = [await announce(STRANGER, "g.thief", nowS)];
  await assert.rejects(learnTerms(hostile(events), RULES, nowS), { code: "none" });
});

Deno.test("followedPeers() checks each announcement of a followed key: expired, dated ahead, of this machine, of nobody that is followed", async () => {
  const signed = (by: typeof TOWN, createdAtS: number, btpEndpoint: string | null) =>
    by.sign(ilpPeerInfoTemplate({
      ilpAddress: "g.peer",
      btpEndpoint,
      assetCode: "M2M",
      assetScale: 6,
      pricePerByteUnits: 10n,
    }, createdAtS));
  const list = (keys: readonly string[]) =>
    PAYER.sign({ kind: 3, created_at: nowS, tags: keys.map((key) => ["p", key]), content: "" });
  const found = async (event: NostrEvent, keys: readonly string[] = [TOWN.pubkey]) => {
    const reader = hostile([await list(keys), event]);
    return (await followedPeers(reader, PAYER.pubkey, RULES, nowS))
      .map(({ pubkey, terms, refused }) => [pubkey, terms?.ilpAddress ?? refused?.code]);
  };
  const town = await signed(TOWN, nowS - 10, "wss://peer.example");
  assert.deepEqual(await found(town), [[TOWN.pubkey, "g.peer"]]);
  assert.deepEqual(await found(town, [STRANGER.pubkey]), []);
  assert.deepEqual(await found({ ...town, content: town.content.replace("g.", "h.") }), []);
  for (
    const [createdAtS, endpoint, code] of [
      [nowS - 8 * 86_400, null, "stale"],
      [nowS + 600, null, "stale"],
      [nowS - 10, "ws://127.0.0.1:3000", "loopback"],
      [nowS - 10, "ws://localhost:3000", "loopback"],
      [nowS - 10, "wss://[::1]:3000", "loopback"],
    ] as const
  ) {
    const event = await signed(TOWN, createdAtS, endpoint);
    assert.deepEqual(await found(event), [[TOWN.pubkey, code]], `${createdAtS} ${endpoint}`);
  }
});
