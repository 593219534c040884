import assert from "node:assert/strict";
import { EventStore, type StoredEvent } from "../../../network/relay/event_store.ts";
import type { View } from "../../../network/relay/filter_query.ts";
import { RecentRows } from "../../../network/relay/recent_rows.ts";
import type { NostrEvent } from "../../../protocols/nostr/event.ts";
import { runSteps } from "./run_steps.ts";
import { event, json } from "./signed_events.ts";

const NOW_S = 1_800_000_000;

function stored(each: NostrEvent): StoredEvent {
  return { event: each, raw: json(each), encoding: "json", json: JSON.stringify(each) };
}

Deno.test("event store finds by id the same events, whether their rows are recent or not", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const plain = event({ created_at: NOW_S });
    const passing = event({ created_at: NOW_S, tags: [["expiration", String(NOW_S + 60)]] });
    const secret = event({ kind: 4, created_at: NOW_S, tags: [["p", "b".repeat(64)]] });
    const older = event({ kind: 10_002, created_at: NOW_S - 1 });
    const newer = event({ kind: 10_002, created_at: NOW_S });
    const gone = event({ created_at: NOW_S, content: "gone" });
    const deletion = event({ kind: 5, created_at: NOW_S, tags: [["e", gone.id]] });
    const all = [plain, passing, secret, older, newer, gone, deletion];
    const views: View[] = [NOW_S, NOW_S + 60].flatMap((nowS) =>
      [[], [4]].flatMap((privateKinds) =>
        [[], [secret.pubkey], ["b".repeat(64)], ["c".repeat(64)]].map((pubkeys) => ({
          nowS,
          privateKinds,
          pubkeys,
        }))
      )
    );
    const seen = (store: EventStore) =>
      views.map((view) =>
        all.map(({ id }) =>
          [
            { ids: [id] },
            { ids: [id], limit: 1 },
            { ids: [id], limit: 0 },
            { ids: [id], since: NOW_S },
            { ids: [id], kinds: [1] },
          ].map((filter) =>
            runSteps(store.search([filter], view, 10)).map(({ seq, id, createdAtS }) => ({
              seq,
              id,
              createdAtS,
            }))
          )
        )
      );
    const store = new EventStore(`${folder}/relay.db`);
    store.put(all.slice(0, 3).map(stored), NOW_S);
    store.put([stored(older), stored(gone)], NOW_S);
    // These rows are recent, and then removed.
    for (const each of seen(store)[0].flatMap(([found]) => found)) store.read(each);
    store.put([stored(newer), stored(deletion)], NOW_S);
    const afterwards = seen(store);
    store.close();
    const reader = new EventStore(`${folder}/relay.db`);
    const searched = seen(reader);
    assert.deepEqual(searched[0].map(([found]) => found.length), [1, 1, 1, 0, 1, 0, 1]);
    assert.deepEqual(afterwards, searched);
    for (const each of searched[0].flatMap(([found]) => found)) reader.read(each);
    assert.deepEqual(seen(reader), searched);
    reader.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("recent rows forget the row that was not used for the longest time", () => {
  const rows = new RecentRows(2);
  const view: View = { nowS: NOW_S, privateKinds: [], pubkeys: [] };
  const add = (id: string, seq: number) =>
    rows.add({ seq, id, createdAtS: 0, kind: 1, expiresAtS: null });
  add("a", 1);
  add("b", 2);
  assert.equal(rows.find("a", view)?.seq, 1);
  add("c", 3);
  assert.deepEqual(["a", "b", "c"].map((id) => rows.find(id, view)?.seq), [1, undefined, 3]);
});
