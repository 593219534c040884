import assert from "node:assert/strict";
import { publishRelayList, relayListOf } from "../../home/relay_list.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { surroundings } from "../stages/surroundings.ts";

const NOW_MS = 1_770_000_000_000;
const NOW_S = NOW_MS / 1_000;
const TARGET = {
  pubkey: "c".repeat(64),
  destination: "test.relay",
  terminalPubkey: "a".repeat(64),
};
const relayUrl = "wss://a.example";
const ONE = relayListOf({ relayUrl });
const TWO = relayListOf({ relayUrl, moreRelays: ["wss://b.example"] });

Deno.test("publishRelayList() writes a list once for each change, each newer than the last, and none for one relay", async () => {
  await using at = await surroundings(NOW_MS);
  const publish = (list: typeof ONE, atMs: number) =>
    publishRelayList(at.store, list, TARGET, atMs);
  assert.equal(await publish(ONE, NOW_MS), false);
  assert.equal(await publish(TWO, NOW_MS), true);
  assert.equal(await publish(TWO, NOW_MS + 60_000), false);
  // The clock was set back meanwhile.
  assert.equal(await publish(ONE, NOW_MS - 60_000), true);
  assert.equal(await publish(ONE, NOW_MS), false);
  const rows = await at.store.pendingOutbox(0, 10, 0);
  const events = rows.map(({ event }) => JSON.parse(new TextDecoder().decode(event)) as NostrEvent);
  assert.deepEqual(events.map(({ kind, created_at, tags }) => ({ kind, created_at, tags })), [
    { kind: 10002, created_at: NOW_S, tags: [["r", relayUrl], ["r", "wss://b.example", "read"]] },
    { kind: 10002, created_at: NOW_S + 1, tags: [["r", relayUrl]] },
  ]);
  for (const { jobId, purpose, destination, terminalPubkey } of rows) {
    assert.deepEqual([jobId, purpose], [null, "write"]);
    assert.deepEqual([destination, terminalPubkey], [TARGET.destination, TARGET.terminalPubkey]);
  }
});
