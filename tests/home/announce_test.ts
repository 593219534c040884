import { ANNOUNCEMENT_KIND } from "../../protocols/nostr/kinds.ts";
import assert from "node:assert/strict";
import { announce, withdraw } from "../../home/announce.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { parseAnnouncement } from "../../market/announcement.ts";
import type { Store } from "../../store/store.ts";
import { addRow, surroundings } from "../stages/surroundings.ts";

const NOW_MS = 1_770_000_000_000;
const NOW_S = NOW_MS / 1000;
const FIELDS = {
  prices: [{ kind: 5600, flatUnits: 1n, unitsPerKib: 0n }],
  tags: ["echo"],
  platform: null,
  ilpAddress: "test.provider",
  name: "n",
  about: "",
  ttlS: 90,
};
const TARGET = {
  pubkey: "c".repeat(64),
  destination: "test.relay",
  terminalPubkey: "a".repeat(64),
};

/** What waits to be sent of this provider's announcements, and their rows. */
async function waiting(store: Store) {
  const rows = await store.pendingOutbox(0, 1_000, 0);
  return rows.map((row) => ({
    row,
    event: JSON.parse(new TextDecoder().decode(row.event)) as NostrEvent,
  })).filter(({ event: { kind } }) => [5, ANNOUNCEMENT_KIND].includes(kind));
}

async function settle(store: Store): Promise<void> {
  for (const { row: { outboxId } } of await waiting(store)) {
    await store.commit([{ op: "settleOutbox", outboxId, state: "done", detail: null }]);
  }
}

Deno.test("announce() keeps one announcement waiting, however much else waits", async () => {
  await using at = await surroundings(NOW_MS);
  for (let n = 0; n < 260; n++) await addRow(at.store, { jobId: n % 2 === 0 ? null : "job-1" });
  assert.equal(await announce(at.store, FIELDS, TARGET, NOW_MS), true);
  assert.equal(await announce(at.store, FIELDS, TARGET, NOW_MS + 1), false);
  const [{ row, event }, ...others] = await waiting(at.store);
  assert.deepEqual(others, []);
  assert.equal(row.destination, TARGET.destination);
  const read = parseAnnouncement(event);
  assert.deepEqual(read.prices, FIELDS.prices);
  assert.deepEqual([read.createdAtS, read.expiresAtS], [NOW_S, NOW_S + 90]);
  const { outboxId } = row;
  await at.store.commit([{ op: "settleOutbox", outboxId, state: "failed", detail: "expired" }]);
  assert.equal(await announce(at.store, FIELDS, TARGET, NOW_MS + 2), true);
});

Deno.test("withdraw() publishes an announcement that offers nothing, then the deletion, and comes back when both are sent", async () => {
  await using at = await surroundings(NOW_MS);
  await announce(at.store, FIELDS, TARGET, NOW_MS);
  let sent: NostrEvent[] = [];
  const store: Store = {
    ...at.store,
    async pendingOutbox(...asked) {
      const rows = await at.store.pendingOutbox(...asked);
      const found = await waiting(at.store);
      if (found.some(({ event }) => event.kind === 5)) {
        sent = found.map(({ event }) => event);
        await settle(at.store);
      }
      return rows;
    },
  };
  assert.equal(await withdraw(store, [5600], TARGET, () => NOW_MS), true);
  const [offline, deletion] = sent;
  assert.equal(sent.length, 2, "the announcement that was not sent yet is not sent any more");
  assert.equal(offline.kind, ANNOUNCEMENT_KIND);
  assert.deepEqual(parseAnnouncement(offline).prices, []);
  assert.deepEqual(offline.tags.filter(([name]) => name === "k"), [["k", "5600"]]);
  assert.equal(deletion.kind, 5);
  assert.deepEqual(deletion.tags[0], ["a", `31990:${TARGET.pubkey}:crosstown`]);
  assert.equal(offline.created_at, NOW_S + 1, "of two of one second a relay keeps either");
  assert.equal(deletion.created_at, NOW_S, "what it deletes is as old as itself");
  // The provider starts again within the same second: no deletion may remove its announcement.
  assert.equal(await announce(at.store, FIELDS, TARGET, NOW_MS), true);
  assert.equal((await waiting(at.store))[0].event.created_at, NOW_S + 2);
});

Deno.test("withdraw() gives up when the relay does not take it in time, and the next announcement takes its place", async () => {
  await using at = await surroundings(NOW_MS);
  assert.equal(await withdraw(at.store, [5600], TARGET, () => NOW_MS, 0), false);
  assert.equal((await waiting(at.store)).length, 2);
  assert.equal(await announce(at.store, FIELDS, TARGET, NOW_MS + 5_000), true);
  const left = await waiting(at.store);
  assert.deepEqual(left.map(({ event }) => parseAnnouncement(event).prices), [FIELDS.prices]);
});

Deno.test("announce() and withdraw() continue if a waiting row is sent between their read and their commit", async () => {
  for (
    const write of [
      (store: Store) => announce(store, FIELDS, TARGET, NOW_MS + 9_000, true),
      (store: Store) => withdraw(store, [5600], TARGET, () => NOW_MS + 9_000, -1),
    ]
  ) {
    await using at = await surroundings(NOW_MS);
    await announce(at.store, FIELDS, TARGET, NOW_MS);
    let looks = 0;
    const store: Store = {
      ...at.store,
      async pendingOutbox(...asked) {
        const rows = await at.store.pendingOutbox(...asked);
        if (++looks === 1) await settle(at.store);
        return rows;
      },
    };
    await write(store);
    const [{ event }] = await waiting(at.store);
    assert.equal(event.created_at, NOW_S + 9, "what is new waits to be sent");
  }
});
