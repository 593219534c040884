/** Waiting for a sequence, while its jobs are bought and end. */
import assert from "node:assert/strict";
import type { JobRow, OutboxRow } from "../../../store/job_row.ts";
import type { SequenceState } from "../../../store/sequence_row.ts";
import type { Change } from "../../../store/store.ts";
import { runSequence } from "../../../market/sequences/sequence_runner.ts";
import { playToEnd, putSequence, runnerOn } from "../../market/sequences/sequence_market.ts";
import { documentOf, echo } from "../../market/sequences/sequence_states.ts";
import { call, overJson, rig } from "./home_methods_rig.ts";

const ENDS = () => ({ status: "success" as const });

/** A home with a sequence of two jobs that nobody runs yet. */
async function homeWithSequence() {
  let sent = 0;
  const made = await rig({ sent: () => void sent++ });
  const sequenceId = await putSequence(
    made.at.store,
    documentOf({ steps: [echo("one"), echo("two")] }),
  );
  const stop = new AbortController();
  return {
    store: made.at.store,
    home: overJson(made.handlers),
    sequenceId,
    sent: () => sent,
    /** The rows to send, once there are some. */
    async untilBought() {
      for (;;) {
        const rows = await made.at.store.pendingOutbox(0, 9, 0);
        if (rows.length > 0) return rows;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    /** Sends these rows and changes their job, in one commit. */
    sendAll: (rows: readonly OutboxRow[], patch: Partial<JobRow>) =>
      made.at.store.commit([
        ...rows.map(({ outboxId }): Change => ({
          op: "settleOutbox",
          outboxId,
          state: "done",
          detail: null,
        })),
        { op: "patchJob", jobId: rows[0].jobId!, role: "buyer", patch },
      ]),
    run: () => runSequence(runnerOn(made.at.store), sequenceId, stop.signal),
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

Deno.test("untilSequence() reports each change until the sequence has ended, and then returns at once", async () => {
  await using made = await homeWithSequence();
  const { home, sequenceId, store } = made;
  const told: SequenceState[] = [];
  const waiting = home.untilSequence(
    { sequenceId, wanted: "ended" },
    call((state) => {
      told.push(state as SequenceState);
    }),
  );
  const running = made.run();
  await playToEnd(store, sequenceId, ENDS);
  const state = await waiting;
  await running;
  assert.equal(state.sequence.status, "success");
  assert.deepEqual(state, await store.sequence(sequenceId));
  assert.equal(told[0].sequence.status, "running", "the state at the start is told too");
  assert.equal(told.at(-1)?.sequence.status, "success");
  const times = told.map(({ sequence }) => sequence.updatedAtMs);
  assert.deepEqual(new Set(times).size, times.length, "nothing is told twice");
  assert.ok(made.sent() > 0, "what was postponed until something is sent may start");

  told.length = 0;
  const again = await home.untilSequence(
    { sequenceId, wanted: "ended" },
    call((state) => void told.push(state as SequenceState)),
  );
  assert.deepEqual([again, told], [state, []]);
});

Deno.test("untilSequence() for what is sent returns when the present job is posted and paid, not before, and not at its end", async () => {
  await using made = await homeWithSequence();
  const { home, sequenceId, store } = made;
  let isThere = false;
  const waiting = home.untilSequence({ sequenceId, wanted: "sent" }, call())
    .finally(() => isThere = true);
  const running = made.run();
  const rows = await made.untilBought();
  const bought = (await store.sequence(sequenceId))!;
  assert.deepEqual(bought.attempts.map(({ step }) => step), ["one"]);
  assert.equal(isThere, false, "its job is bought, and nothing is sent");
  // The first job is paid and ends in one commit, so the wait never finds it as the present one that is sent.
  await made.sendAll(rows, {
    status: "success",
    jobPaid: true,
    resultEventId: "r",
    result: new TextEncoder().encode("one"),
  });
  await made.sendAll(await made.untilBought(), { status: "paid", jobPaid: true });
  const state = await waiting;
  assert.equal(state.sequence.status, "running");
  assert.deepEqual(state.attempts.map(({ step }) => step), ["one", "two"]);
  await playToEnd(store, sequenceId, ENDS);
  await running;
});

Deno.test("untilSequence() ends with its signal, and refuses a sequence that is not there", async () => {
  await using made = await homeWithSequence();
  const { home, sequenceId } = made;
  const stop = new AbortController();
  const waiting = home.untilSequence(
    { sequenceId, wanted: "ended" },
    { ...call(() => stop.abort()), signal: stop.signal },
  );
  await assert.rejects(waiting, { name: "AbortError" });
  for (const wanted of ["sent", "ended"] as const) {
    await assert.rejects(
      home.untilSequence({ sequenceId: "sequence-0000000000", wanted }, call()),
      { name: "RangeError", message: /sequence-0000000000: there is no such sequence/ },
    );
  }
});
