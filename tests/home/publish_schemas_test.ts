import assert from "node:assert/strict";
import { publishSchemas } from "../../home/publish_schemas.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { sha256Hex } from "../../protocols/sha256.ts";
import { surroundings } from "../stages/surroundings.ts";

const NOW_MS = 1_770_000_000_000;
const DAY_MS = 86_400_000;
const TARGET = {
  pubkey: "c".repeat(64),
  destination: "test.relay",
  terminalPubkey: "a".repeat(64),
};
const long = (letter: string) => ({ kind: 5650, schema: { title: letter.repeat(600) } });
const SHORT = { kind: 5650, schema: { type: "integer" } };

Deno.test("publishSchemas() writes each long schema once, and again after 30 days or where the clock was set back", async () => {
  await using at = await surroundings(NOW_MS);
  const publish = (schemas: readonly typeof SHORT[], atMs: number, relayUrl = "wss://a.example") =>
    publishSchemas(at.store, schemas, TARGET, relayUrl, atMs);
  const x = long("x") as unknown as typeof SHORT;
  const y = long("y") as unknown as typeof SHORT;
  assert.equal(await publish([SHORT], NOW_MS), 0);
  // Two kinds with the same schema need one event.
  assert.equal(await publish([x, { ...x, kind: 5651 }, SHORT], NOW_MS), 1);
  assert.equal(await publish([x, y], NOW_MS + DAY_MS), 1);
  assert.equal(await publish([x, y], NOW_MS + 29 * DAY_MS), 0);
  assert.equal(await publish([x], NOW_MS + 30 * DAY_MS), 1);
  assert.equal(await publish([x], NOW_MS), 1);
  // Another relay does not have it.
  assert.equal(await publish([x], NOW_MS, "wss://b.example"), 1);
  const rows = await at.store.pendingOutbox(0, 10, 0);
  const events = rows.map(({ event }) => JSON.parse(new TextDecoder().decode(event)) as NostrEvent);
  assert.equal(events.length, 5);
  const text = JSON.stringify(x.schema);
  assert.deepEqual(
    [events[0].kind, events[0].content, events[0].tags, events[0].pubkey],
    [30_078, text, [["d", `crosstown:schema:${sha256Hex(text)}`]], TARGET.pubkey],
  );
  assert.equal(rows[0].destination, TARGET.destination);
});
