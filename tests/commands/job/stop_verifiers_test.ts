/** Which jobs of a decided verification are cancelled, over a real store. */
import assert from "node:assert/strict";
import { isRestOver, stopVerifiers } from "../../../commands/job/stop_verifiers.ts";
import type { VerificationState } from "../../../market/verification_state.ts";
import { StoreError } from "../../../store/store_error.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { openWorld } from "../../store/given.ts";

const NOW_MS = 1_770_000_000_000;

/** A job in a mode: one that runs, or one that has ended. */
function verifier(id: string, mode: string | null, more: Partial<ReturnType<typeof job>> = {}) {
  const tags = mode === null ? [] : [["mode", mode]];
  const request = { kind: 5600, created_at: 1, tags, content: "", pubkey: "d".repeat(64) };
  return job({
    eventId: eventIdOf(id),
    status: "processing",
    jobPaid: true,
    request: new TextEncoder().encode(JSON.stringify(request)),
    ...more,
  });
}

const RUNNING = verifier("a01", "metered");
const PAID_UP = verifier("a02", "metered");
const SEALED = verifier("a03", "on-delivery");
const UPFRONT = verifier("a04", null);
const ENDED = verifier("a05", "metered", { status: "success" });
const ROWS = [RUNNING, PAID_UP, SEALED, UPFRONT, ENDED];

async function stopped(
  state: VerificationState["state"],
  freeWrites: boolean,
  refuse: string | null = null,
) {
  await using world = await openWorld();
  const { store } = world;
  await store.commit(ROWS.map((row) => ({ op: "putJob", row })));
  await store.commit(([[RUNNING, 2], [PAID_UP, 3], [ENDED, 1]] as const).map(([row, paid]) => ({
    op: "putMeter",
    row: {
      eventId: row.eventId,
      role: "buyer",
      party: "b".repeat(64),
      incrementUnits: 5_000n,
      seconds: 15,
      kib: 0,
      most: 3,
      paid,
      paidAtMs: NOW_MS,
      sinceMs: NOW_MS,
      usedMs: 0,
      usedBytes: 0,
      fromByte: 0,
      turns: 0,
      pausedAtMs: null,
      state: "open",
      atMs: NOW_MS,
    },
  })));
  const ids = await stopVerifiers(
    {
      read: (ask) => ask(store),
      async cancelJob({ jobId, atMs }) {
        if (jobId === refuse) throw new StoreError("conflict", "it is over");
        await store.commit([{ op: "cancelJob", jobId, message: "no more", atMs }]);
        return "told";
      },
    },
    { state, rows: ROWS },
    freeWrites,
    () => NOW_MS,
  );
  const rows = await Promise.all(ROWS.map(({ jobId }) => store.getJob(jobId, "buyer")));
  const cancelled = rows.filter((row) => row?.status === "cancelled").map((row) => row?.jobId);
  assert.deepEqual(ids, cancelled);
  return ids;
}

Deno.test("stopVerifiers() cancels the jobs of a decided verification that still run and cost more: increments, and keys", async () => {
  assert.deepEqual(await stopped("agreed", false), [RUNNING.jobId, SEALED.jobId]);
});

Deno.test("stopVerifiers() cancels all that still run where it costs nothing to tell their providers", async () => {
  assert.deepEqual(
    await stopped("agreed", true),
    [RUNNING, PAID_UP, SEALED, UPFRONT].map(({ jobId }) => jobId),
  );
});

Deno.test("stopVerifiers() cancels nothing while a verification is not decided, and passes over a job that ends meanwhile", async () => {
  for (const state of ["open", "split", "unchecked", "no_verdict"] as const) {
    assert.deepEqual(await stopped(state, true), []);
  }
  assert.deepEqual(await stopped("agreed", false, RUNNING.jobId), [SEALED.jobId]);
});

Deno.test("isRestOver() gives the others as much time again as the slowest of the equal answers took, from 1 to 30 seconds", () => {
  const over = (tookMs: number, afterMs: number, state: VerificationState["state"] = "agreed") => {
    const agreed = [500, tookMs].map((ms) => ({
      row: { ...ENDED, createdAtMs: NOW_MS, updatedAtMs: NOW_MS + ms },
    })) as unknown as VerificationState["agreed"];
    return isRestOver({ state, agreed }, NOW_MS + Math.max(500, tookMs) + afterMs);
  };
  assert.deepEqual([over(100, 999), over(100, 1_000)], [false, true]);
  assert.deepEqual([over(7_000, 6_999), over(7_000, 7_000)], [false, true]);
  assert.deepEqual([over(90_000, 29_999), over(90_000, 30_000)], [false, true]);
  assert.equal(over(100, 90_000, "open"), false, "nothing is decided");
  assert.equal(over(100, 90_000, "split"), false);
});
