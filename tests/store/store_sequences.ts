/** Cases of the store's contract: sequences. */
import assert from "node:assert/strict";
import type { SequenceChange, SequenceRow } from "../../store/sequence_row.ts";
import type { Change, Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf, job, outgoing } from "./store_rows.ts";

const ID = "sequence-0123456789";

function sequence(over: Partial<SequenceRow> = {}): SequenceRow {
  return {
    sequenceId: ID,
    name: "two",
    key: "k",
    network: "dev",
    status: "running",
    path: "steps",
    document: new TextEncoder().encode("{}"),
    budgetUnits: 1_000n,
    createdAtMs: 1_000,
    updatedAtMs: 1_000,
    errorCode: null,
    errorMessage: null,
    ...over,
  };
}

const STEPS = [
  { name: "one", path: "steps" },
  { name: "two", path: "steps" },
  { name: "undo", path: "failure" },
] as const;

const put = (over: Partial<SequenceRow> = {}): Change => ({
  op: "putSequence",
  row: sequence(over),
  steps: STEPS,
});

const move = (
  steps: Extract<SequenceChange, { op: "moveSequence" }>["steps"],
  sequence?: Extract<SequenceChange, { op: "moveSequence" }>["sequence"],
): Change => ({ op: "moveSequence", sequenceId: ID, steps, sequence, atMs: 2_000 });

/** The commit that buys a job for a step. */
const buy = (
  event: string,
  step: string,
  attempt: number,
  reservedUnits = 100n,
  over: Partial<JobRow> = {},
): Change[] => {
  const row = job({ eventId: eventIdOf(event), callbackSkill: null, amountUnits: 60n, ...over });
  return [
    { op: "putJob", row, expect: "absent" },
    {
      op: "putSequenceAttempt",
      row: {
        sequenceId: ID,
        step,
        attempt,
        jobId: row.jobId,
        provider: "p".repeat(64),
        reservedUnits,
        createdAtMs: 2_000,
      },
    },
  ];
};

const becomes = (event: string, patch: Partial<JobRow>): Change => ({
  op: "patchJob",
  jobId: `job-${event}`,
  role: "buyer",
  patch,
});

const statuses = async (store: Store) => {
  const { sequence, steps } = (await store.sequence(ID))!;
  return [sequence.status, ...steps.map(({ status }) => status)];
};

export const SEQUENCES: readonly Case[] = [
  {
    name: "gives a sequence back with its steps and the jobs of its steps",
    async run(store) {
      await one(store, put());
      await one(store, move([{ name: "one", status: "running" }]));
      await one(store, ...buy("aaaaaaa", "one", 1));
      const { sequence: row, steps, attempts } = (await store.sequence("sequence-01"))!;
      assert.deepEqual({ ...row, updatedAtMs: 0 }, sequence({ updatedAtMs: 0 }));
      assert.ok(row.updatedAtMs > 2_000, "rises with every change");
      assert.deepEqual(
        steps.map((
          { name, position, path, status, startedAtMs },
        ) => [name, position, path, status, startedAtMs]),
        [
          ["one", 0, "steps", "running", 2_000],
          ["two", 1, "steps", "pending", null],
          ["undo", 2, "failure", "pending", null],
        ],
      );
      assert.equal(attempts.length, 1);
      const [{ jobId, status, paidUnits, costUnits }] = attempts;
      assert.deepEqual([jobId, status, paidUnits, costUnits], ["job-aaaaaaa", "created", 0n, 100n]);
      assert.equal(await store.sequence("sequence-9"), null);
      assert.equal(await store.sequence(""), null);
      assert.equal(await store.sequenceByKey("k", 0), ID);
      assert.equal(await store.sequenceByKey("other", 0), null);
      const [head] = await store.listSequences({ status: ["running"] });
      assert.deepEqual([head.sequenceId, head.steps, head.stepsEnded, head.paidUnits], [
        ID,
        3,
        0,
        0n,
      ]);
      assert.deepEqual(await store.listSequences({ status: ["failed"] }), []);
      await one(store, put({ sequenceId: "sequence-0123400000", key: "other" }));
      await assert.rejects(() => store.sequence("sequence-01234"), code("ambiguous"));
    },
  },
  {
    name: "buys for a step of a running sequence one job at a time, each once, and in order",
    async run(store) {
      await one(store, put());
      const refused = (...changes: Change[]) =>
        assert.rejects(() => store.commit(changes), code("conflict"));
      await refused(...buy("aaaaaaa", "one", 1));
      await one(store, move([{ name: "one", status: "running" }]));
      await refused(...buy("aaaaaaa", "one", 2));
      await refused(...buy("aaaaaaa", "none", 1));
      await refused(buy("aaaaaaa", "one", 1)[1]);
      await one(store, ...buy("aaaaaaa", "one", 1));
      assert.equal((await store.listJobs({})).length, 1, "what was refused left no job");
      await refused(...buy("bbbbbbb", "one", 1));
      await refused(...buy("bbbbbbb", "one", 2));
      await refused(move([{ name: "one", status: "success" }]));
      await one(store, becomes("aaaaaaa", { status: "timeout" }));
      await one(store, ...buy("bbbbbbb", "one", 2));
      await one(store, becomes("bbbbbbb", { status: "success" }));
      await refused(...buy("ccccccc", "one", 3));
      await one(
        store,
        move([{ name: "one", status: "success" }, { name: "two", status: "running" }]),
      );
      await refused(...buy("ccccccc", "one", 3));
      await one(store, ...buy("ccccccc", "two", 1));
    },
  },
  {
    name:
      "holds a sequence's budget with what is reserved, and with what was paid once nothing is open",
    async run(store) {
      await one(store, put({ budgetUnits: 250n }));
      await one(store, move([{ name: "one", status: "running" }]));
      await assert.rejects(() => store.commit(buy("aaaaaaa", "one", 1, 251n)), code("conflict"));
      const event = eventIdOf("aaaaaaa");
      await one(store, ...buy("aaaaaaa", "one", 1, 200n), {
        op: "addOutbox",
        row: {
          jobId: "job-aaaaaaa",
          purpose: "write",
          event: new Uint8Array(1),
          destination: "g",
          terminalPubkey: "k",
          amountUnits: null,
          createdAtMs: 1,
        },
      });
      const cost = async () => (await store.sequence(ID))!.attempts[0].costUnits;
      await one(store, becomes("aaaaaaa", { status: "timeout", writeUnits: 40n }));
      assert.equal(await cost(), 200n, "its write may still be sent");
      const packet = outgoing({ obligation: `job:${event}` });
      await one(store, { op: "settleOutbox", outboxId: 1, state: "failed", detail: null }, {
        op: "putOutgoing",
        row: packet,
      });
      assert.equal(await cost(), 200n, "its payment is open");
      await assert.rejects(() => store.commit(buy("bbbbbbb", "one", 2, 60n)), code("conflict"));
      await one(store, {
        op: "putOutgoing",
        row: { ...packet, state: "refused", answer: new Uint8Array(1) },
      });
      assert.equal(await cost(), 40n);
      const write = outgoing({ nonce: 2, obligation: `write:${event}` });
      await one(store, { op: "putOutgoing", row: write });
      assert.equal(await cost(), 200n, "its write is open");
      await one(store, {
        op: "putOutgoing",
        row: { ...write, state: "refused", answer: new Uint8Array(1) },
      });
      assert.equal(await cost(), 40n);
      await one(store, ...buy("bbbbbbb", "one", 2, 210n));
      await one(store, becomes("bbbbbbb", { jobPaid: true, status: "paid", writeUnits: 30n }));
      const { attempts: [, second] } = (await store.sequence(ID))!;
      assert.deepEqual([second.paidUnits, second.costUnits], [90n, 210n]);
      assert.equal((await store.listSequences({}))[0].paidUnits, 130n);
    },
  },
  {
    name: "counts what a peer kept of refused packets against a sequence's budget",
    async run(store) {
      await one(store, put({ budgetUnits: 250n }));
      await one(store, move([{ name: "one", status: "running" }]));
      await one(store, ...buy("aaaaaaa", "one", 1, 100n));
      const about = { jobId: "job-aaaaaaa", provider: null, kind: null, bytes: null };
      for (const nonce of [1, 2]) {
        const row = outgoing({ nonce, amount: 70n, obligation: `write:${nonce}`, about });
        const answer = new Uint8Array(1);
        await one(store, { op: "putOutgoing", row }, {
          op: "putOutgoing",
          row: { ...row, state: "refused", answer },
          forfeit: true,
        });
      }
      await one(store, becomes("aaaaaaa", { status: "refused" }));
      const [attempt] = (await store.sequence(ID))!.attempts;
      assert.deepEqual([attempt.paidUnits, attempt.costUnits], [0n, 140n]);
      await assert.rejects(() => store.commit(buy("bbbbbbb", "one", 2, 111n)), code("conflict"));
      await one(store, ...buy("bbbbbbb", "one", 2, 110n));
    },
  },
  {
    name: "keeps what ended: steps, paths and sequences",
    async run(store) {
      await one(store, put());
      const refused = (...changes: Change[]) =>
        assert.rejects(() => store.commit(changes), code("conflict"));
      await refused(put());
      await refused(put({ sequenceId: "sequence-other" }));
      await refused(put({ sequenceId: "sequence-other", key: "o", status: "success" }));
      await refused(move([{ name: "one", status: "success" }]));
      await one(store, move([{ name: "one", status: "skipped" }]));
      await refused(move([{ name: "one", status: "running" }]));
      await one(store, move([{ name: "two", status: "running" }], { path: "failure" }));
      await refused(move([], { path: "steps" }));
      await one(store, move([], { status: "failed", errorCode: "x", errorMessage: "y" }));
      assert.deepEqual(await statuses(store), ["failed", "skipped", "cancelled", "skipped"]);
      await refused(move([], { status: "success" }));
      await refused(move([]));
      assert.equal(await store.sequenceByKey("k", 0), null, "what failed is done anew");
      await one(store, put({ sequenceId: "sequence-other" }));
      assert.equal(await store.sequenceByKey("k", 9_999), "sequence-other", "however old it is");
      const ends = {
        op: "moveSequence",
        sequenceId: "sequence-other",
        steps: [],
        atMs: 3_000,
      } as const;
      await one(store, { ...ends, sequence: { status: "success" } });
      assert.equal(await store.sequenceByKey("k", 999), "sequence-other");
      assert.equal(await store.sequenceByKey("k", 1_000), null, "an old one is done anew");
      await assert.rejects(
        () => one(store, { op: "putSequence", row: sequence({ key: "z" }), steps: [] }),
        code("invalid"),
      );
    },
  },
  {
    name: "wakes who waits for a sequence, or for any of its network",
    async run(store) {
      const first = store.runningSequences("dev", [], 5, 60_000);
      await one(store, put());
      assert.deepEqual(await first, [ID]);
      const other = store.runningSequences("dev", [ID], 5, 60_000);
      await one(store, put({ sequenceId: "sequence-far", key: "far", network: "elsewhere" }));
      await one(store, put({ sequenceId: "sequence-near", key: "near" }));
      assert.deepEqual(await other, ["sequence-near"]);
      const { sequence: { updatedAtMs } } = (await store.sequence(ID))!;
      const changed = store.watchSequence(ID, updatedAtMs, 60_000);
      await one(store, move([{ name: "one", status: "running" }]));
      assert.equal((await changed)!.steps[0].status, "running");
      assert.equal(await store.watchSequence("sequence-none", 0, 1), null);
    },
  },
];
