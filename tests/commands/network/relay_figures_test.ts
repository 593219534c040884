import assert from "node:assert/strict";
import { figureRows, figuresOf, ownFigures } from "../../../commands/network/relay_figures.ts";
import { startRelayServer } from "../../../network/relay/relay_server.ts";
import { PLAIN_IDENTITY } from "../../network/relay/plain_identity.ts";
import { event, json } from "../../network/relay/signed_events.ts";

Deno.test("figuresOf() a running relay, and the rows for people", async () => {
  await using relay = await startRelayServer({
    file: ":memory:",
    identity: PLAIN_IDENTITY,
    write: "nostr",
  });
  const one = event();
  await relay.write(json(one));
  await relay.write(json(one));
  await relay.write(json({ ...one, content: "x" }));
  const figures = figuresOf(relay.status(), Date.now() + 5_000);
  assert.equal(figures.events_stored, 1);
  assert.deepEqual([figures.written, figures.duplicates, figures.refused], [1, 1, 1]);
  assert.deepEqual(figures.refused_by_reason, { bad_id: 1 });
  assert.equal(figures.signatures_verified, 1);
  const rows = new Map(figureRows(figures) as [string, string][]);
  assert.equal(rows.get("refused"), "1 (bad_id 1)");
  assert.match(rows.get("events")!, /^1 in \d+ KiB, 0\.1 a second$/);
});

Deno.test("ownFigures() are null where no network is up", async () => {
  assert.equal(await ownFigures("/nowhere", "ws://127.0.0.1:1/", 0), null);
});
