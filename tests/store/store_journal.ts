/** The journal in the contract: which entries a commit makes, in which order, and how they are found. */
import assert from "node:assert/strict";
import { entryHash, journalLine, NO_HASH, parseJournalLine } from "../../store/journal_row.ts";
import type { Change, JournalEntry, Store } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import { chainChannel, CHANNEL, eventIdOf, incoming, job, payer, receiver } from "./store_rows.ts";

import { closed, JOB, OPEN, signed } from "./store_journal_changes.ts";

const EVENT = eventIdOf("e");

async function all(store: Store): Promise<JournalEntry[]> {
  return await store.listJournal({ order: "oldest", limit: 10_000 });
}

/** The content of an entry, without its place in the chain. */
function said(
  { type, jobId, channelId, eventId, kind, bytes, amountUnits, balanceUnits, outcome }:
    JournalEntry,
) {
  return { type, jobId, channelId, eventId, kind, bytes, amountUnits, balanceUnits, outcome };
}

const PLAIN = {
  jobId: null,
  channelId: null,
  eventId: null,
  kind: null,
  bytes: null,
  amountUnits: null,
  balanceUnits: null,
};

/** What the store must journal. */
export const JOURNALS: readonly Case[] = [
  {
    name: "has no journal tip before the first entry",
    async run(store) {
      assert.equal(await store.journalTip(), null);
      assert.deepEqual(await store.journalAfter(0, 10, 0), []);
    },
  },
  {
    name:
      "journals a payment with its job, its event, and the balance right after it, also when many close at once",
    async run(store) {
      await one(store, OPEN);
      await one(
        store,
        signed(1, 100n, `write:${EVENT}`, "job-5abc123"),
        signed(2, 30n, `job:${JOB}`, "job-5abc123"),
        signed(3, 7n, "forward:x:1", null),
        { op: "putPayerChannel", row: payer({ signed: 137n, nonce: 3 }) },
      );
      await one(
        store,
        closed(1, 100n, `write:${EVENT}`, "job-5abc123", "fulfilled"),
        closed(3, 7n, "forward:x:1", null, "forfeit"),
        closed(2, 30n, `job:${JOB}`, "job-5abc123", "refused"),
        { op: "putPayerChannel", row: payer({ signed: 137n, nonce: 3, spent: 100n, forfeit: 7n }) },
      );
      const entries = (await all(store)).slice(1);
      const base = { type: "payment", channelId: "ch_cccccccc", kind: 5_601, bytes: 10 } as const;
      assert.deepEqual(entries.map(said), [
        {
          ...base,
          jobId: "job-5abc123",
          eventId: EVENT,
          amountUnits: 100n,
          balanceUnits: 900n,
          outcome: "fulfilled",
        },
        {
          ...base,
          jobId: null,
          eventId: null,
          amountUnits: 7n,
          balanceUnits: 893n,
          outcome: "forfeit",
        },
        {
          ...base,
          jobId: "job-5abc123",
          eventId: JOB,
          amountUnits: 30n,
          balanceUnits: 893n,
          outcome: "refused",
        },
      ]);
      const { data } = entries[0];
      assert.deepEqual(
        [data.onchain_id, data.status, data.deposit_units, data.spent_units, data.forfeit_units],
        [CHANNEL, "open", "1000", "100", "0"],
      );
      assert.deepEqual([data.signed_units, data.nonce, data.chain_id], ["137", 3, 31_337]);
    },
  },
  {
    name: "journals an earning with the provider's job",
    async run(store) {
      await one(store, { op: "putJob", row: job({ role: "provider" }) });
      const held = incoming({ obligation: `job:${JOB}` });
      await one(store, { op: "putIncoming", row: held, expect: "absent" });
      await one(store, {
        op: "putIncoming",
        row: { ...held, state: "fulfilled", answer: new Uint8Array([1]) },
        expect: "held",
      }, {
        op: "putReceiverChannel",
        row: receiver({ credited: 100n, watermark: 1, spent: 100n }),
      });
      const entry = (await all(store))[1];
      assert.deepEqual(said(entry), {
        ...PLAIN,
        type: "earning",
        jobId: "job-5abc123",
        channelId: "ch_cccccccc",
        eventId: JOB,
        kind: 5_601,
        amountUnits: 100n,
        outcome: "fulfilled",
      });
      assert.deepEqual([entry.data.credited_units, entry.data.watermark], ["100", 1]);
    },
  },
  {
    name: "journals a job when it comes to be and at each other status, and at nothing else",
    async run(store) {
      await one(store, { op: "putJob", row: job() });
      const patch = (fields: object): Change => ({
        op: "patchJob",
        jobId: "job-5abc123",
        role: "buyer",
        patch: fields,
      });
      await one(store, patch({ writeUnits: 5n }));
      await one(store, patch({ status: "posted", provider: "p".repeat(64) }));
      await one(store, patch({ status: "posted" }));
      await one(store, { op: "putJob", row: job({ status: "success", provider: "p".repeat(64) }) });
      const entries = await all(store);
      assert.deepEqual(entries.map(({ type, outcome }) => `${type} ${outcome}`), [
        "job created",
        "job posted",
        "job success",
      ]);
      assert.equal(entries[1].data.provider, "p".repeat(64));
      assert.equal(entries[1].data.created_at, "1970-01-01T00:00:01.000Z");
    },
  },
  {
    name: "journals a channel by its status, and under the same one by what rose",
    async run(store) {
      const row = (over: object): Change => ({
        op: "putChannel",
        row: { ...(OPEN as Extract<Change, { op: "putChannel" }>).row, ...over },
      });
      await one(store, { op: "putChannel", row: chainChannel({ wantedUnits: 1_000n }) });
      await one(store, OPEN);
      await one(store, row({ note: "nothing new" }));
      await one(store, row({ depositUnits: 1_500n, wantedUnits: 1_500n }));
      await one(store, row({ depositUnits: 1_500n, wantedUnits: 1_500n, claimedUnits: 20n }));
      await one(
        store,
        row({ depositUnits: 1_500n, wantedUnits: 1_500n, claimedUnits: 20n, status: "closed" }),
      );
      assert.deepEqual(
        (await all(store)).map(({ outcome, channelId, amountUnits, balanceUnits }) =>
          [outcome, channelId, amountUnits, balanceUnits].map(String).join(" ")
        ),
        [
          "opening ch_11111111 null 0",
          "open ch_cccccccc 1000 1000",
          "deposited ch_cccccccc 500 1500",
          "claimed ch_cccccccc 20 1500",
          "closed ch_cccccccc null 1500",
        ],
      );
    },
  },
  {
    name: "journals what a caller states, of the types that no row shows",
    async run(store) {
      await one(store, {
        op: "journal",
        entry: { type: "shutdown", outcome: "clean", data: { drained: true } },
      });
      const [entry] = await all(store);
      assert.deepEqual(said(entry), { ...PLAIN, type: "shutdown", outcome: "clean" });
      assert.deepEqual(entry.data, { drained: true });
      for (
        const bad of [
          { type: "payment", outcome: "fulfilled", data: {} },
          { type: "limits", outcome: "Not a word", data: {} },
          { type: "limits", outcome: "raised", data: { deep: {} } },
          { type: "limits", outcome: "raised", data: { long: "x".repeat(17_000) } },
        ]
      ) {
        await assert.rejects(
          one(store, { op: "journal", entry: bad } as unknown as Change),
          code("invalid"),
        );
      }
    },
  },
  {
    name: "chains its entries: each follows the one before, and its line has its hash",
    async run(store) {
      await Promise.all(
        Array.from(
          { length: 50 },
          (_, index) =>
            one(store, {
              op: "putJob",
              row: job({ eventId: eventIdOf((index + 16).toString(16)) }),
            }),
        ),
      );
      const entries = await all(store);
      let prev = NO_HASH;
      for (const [index, entry] of entries.entries()) {
        assert.deepEqual([entry.seq, entry.prev], [index + 1, prev]);
        assert.equal(entryHash(entry), entry.hash);
        const { data: _data, ...line } = entry;
        assert.deepEqual(parseJournalLine(journalLine(entry)), line);
        prev = entry.hash;
      }
      assert.deepEqual(await store.journalTip(), { seq: 50, hash: prev });
    },
  },
  {
    name: "journals nothing of a commit that is refused, and goes on without a gap",
    async run(store) {
      await one(store, { op: "putJob", row: job() });
      const outcomes = await Promise.allSettled([
        one(store, { op: "putJob", row: job({ eventId: eventIdOf("aaaaaaa") }) }, {
          op: "putJob",
          row: job(),
          expect: "absent",
        }),
        one(store, { op: "putJob", row: job({ eventId: eventIdOf("bbbbbbb") }) }),
      ]);
      assert.deepEqual(outcomes.map(({ status }) => status), ["rejected", "fulfilled"]);
      const entries = await all(store);
      assert.deepEqual(entries.map(({ seq, jobId }) => `${seq} ${jobId}`), [
        "1 job-5abc123",
        "2 job-bbbbbbb",
      ]);
      assert.equal(entries[1].prev, entries[0].hash);
    },
  },
  {
    name: "refuses to journal an id that could come back as other bytes than were hashed",
    async run(store) {
      const row = job();
      for (const jobId of ["job-\ud800", "job-\0", "job-\u00e9", "job 1", "", "x".repeat(101)]) {
        await assert.rejects(one(store, { op: "putJob", row: { ...row, jobId } }), code("invalid"));
      }
      await one(store, { op: "putJob", row: { ...row, jobId: "x".repeat(100), eventId: "e" } });
      const [entry] = await all(store);
      assert.deepEqual([entry.seq, entry.eventId], [1, null]);
      const { data: _data, ...line } = entry;
      assert.deepEqual(parseJournalLine(journalLine(entry)), line);
    },
  },
];
