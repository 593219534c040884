/** Our session against `@nostr-relay`, a relay that is not ours. */
import assert from "node:assert/strict";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { publicKeyOf, signEvent } from "../../../protocols/nostr/sign.ts";
import type { RelaySession, RelaySubscription } from "../../../peers/relay/relay_session.ts";
import { openRelaySession } from "../../../peers/relay/open_relay_session.ts";
import type { Signer } from "../../../money/signer/signer.ts";
import { steadyPorts } from "../../steady_ports.ts";
import { ForeignRelay, missingRelay } from "./foreign_relay.ts";

const missing = await missingRelay();
const left = missing === null ? "" : ` (left out: ${missing})`;
const ignore = missing !== null;
const KEY = new Uint8Array(32).fill(5);
const BOUNDS = { timeoutMs: 120_000, maxEvents: 1_000, maxBytes: 10_000_000 };

function note(content: string, fields: Partial<NostrEvent> = {}): NostrEvent {
  const created_at = Math.floor(Date.now() / 1_000);
  const unsigned = {
    kind: 1,
    created_at,
    tags: [],
    content,
    pubkey: publicKeyOf(KEY),
    ...fields,
  };
  return signEvent(unsigned, KEY, new Uint8Array(32));
}

/** Short pauses between retries, so that the test does not wait long. */
function open(
  url: string,
  signer: Pick<Signer, "identity" | "signEvents"> | null = null,
): RelaySession {
  const backoff = { firstMs: 20, maxMs: 100, factor: 2, jitter: 0 };
  return openRelaySession({ url, backoff, signer });
}

async function* documentsOf(
  subscription: RelaySubscription,
): AsyncGenerator<NostrEvent | "eose"> {
  for await (const batch of subscription.deliveries) {
    for (const delivery of batch) {
      yield delivery.type === "eose"
        ? "eose"
        : JSON.parse(new TextDecoder().decode(delivery.bytes));
    }
  }
}

Deno.test({
  name: `session publishes to, queries and follows @nostr-relay${left}`,
  ignore,
  async fn() {
    await using relay = await ForeignRelay.start();
    using session = open(relay.url);
    const first = note("first", { tags: [["t", "ci"]] });
    assert.equal((await session.publish(first)).outcome, "accepted");
    assert.notEqual((await session.publish(first)).outcome, "refused");
    const forged = { ...note("good"), content: "forged" };
    const refused = await session.publish(forged);
    assert.deepEqual([refused.outcome, refused.prefix], ["refused", "invalid"]);

    const found = await session.query([{ "#t": ["ci"] }], BOUNDS);
    assert.equal(found.ended, "eose");
    assert.deepEqual(
      found.documents.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)).id),
      [first.id],
    );

    const documents = documentsOf(session.subscribe([{ kinds: [1] }]));
    assert.equal((await documents.next()).value.id, first.id);
    assert.equal((await documents.next()).value, "eose");
    const live = note("live");
    await session.publish(live);
    assert.deepEqual((await documents.next()).value, live);
  },
});

Deno.test({
  name: `session resumes when @nostr-relay was killed and came back${left}`,
  ignore,
  async fn() {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/relay.db`;
    try {
      const [port] = steadyPorts(1);
      const relay = await ForeignRelay.start({ file, port });
      using session = open(relay.url);
      const nowS = Math.floor(Date.now() / 1_000);
      const [old, seen] = [
        note("old", { created_at: nowS - 500 }),
        note("seen", { created_at: nowS - 50 }),
      ];
      await session.publish(old);
      const subscription = session.subscribe([{ kinds: [1] }], {
        overlapS: 10,
      });
      const documents = documentsOf(subscription);
      await documents.next();
      assert.equal((await documents.next()).value, "eose");
      await session.publish(seen);
      assert.equal((await documents.next()).value.id, seen.id);
      subscription.settledTo(seen.created_at);
      await relay.kill();

      await using again = await ForeignRelay.start({ file, port: relay.port });
      using other = open(again.url);
      const missed = note("missed while it was away");
      assert.equal((await other.publish(missed)).outcome, "accepted");
      const resumed: string[] = [];
      while (!resumed.includes(missed.id)) {
        const { value } = await documents.next();
        if (value !== "eose") resumed.push(value.id);
      }
      assert.ok(
        !resumed.includes(old.id),
        "what was settled long ago does not come again",
      );
      assert.equal(session.status().state, "connected");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: `session pages through more stored events than @nostr-relay gives at once${left}`,
  ignore,
  async fn() {
    await using relay = await ForeignRelay.start();
    using session = open(relay.url);
    const nowS = Math.floor(Date.now() / 1_000);
    const events = Array.from(
      { length: 250 },
      (_, n) => note(`n${n}`, { created_at: nowS - n }),
    );
    await Promise.all(events.map((event) => session.publish(event)));
    const seen = new Set<string>();
    for await (
      const document of documentsOf(session.subscribe([{ kinds: [1] }]))
    ) {
      if (document === "eose") break;
      seen.add(document.id);
    }
    assert.equal(seen.size, 250);
  },
});

Deno.test({
  name: `session proves who it is to @nostr-relay (NIP-42)${left}`,
  ignore,
  async fn() {
    await using relay = await ForeignRelay.start({ hostname: "127.0.0.1" });
    const signer: Pick<Signer, "identity" | "signEvents"> = {
      identity: () => Promise.resolve({ pubkey: publicKeyOf(KEY), paymentAddress: "0x" }),
      signEvents: (events) =>
        Promise.resolve(
          events.map((event) => signEvent(event, KEY, new Uint8Array(32))),
        ),
    };
    using session = open(relay.url, signer);
    // This relay serves messages only to clients that sent a proof, and answers "restricted" to the others.
    using unknown = open(relay.url);
    const refused = await unknown.query([{ kinds: [4] }], BOUNDS);
    assert.equal(refused.ended, "closed");
    assert.match(refused.reason ?? "", /restricted/);
    const result = await session.query([{ kinds: [4] }], BOUNDS);
    assert.equal(result.ended, "eose");
  },
});
