/** What the skill sink tells buyers before the result: once, that a job runs or waits. */
import assert from "node:assert/strict";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import { until } from "../until.ts";
import { item, published, ran, rig, RUN, SUCCESS, TO_RUN } from "./skill_sink_rig.ts";

Deno.test("skillSink() tells a buyer once, before the result, that its job runs, if a run takes some time", async () => {
  for (const attempt of [0, 1]) {
    await using rigged = await rig([{ ...TO_RUN, attempt }], {
      async run() {
        await at.store.pendingOutbox(0, 1, 60_000);
        return SUCCESS;
      },
    }, { tellAfterMs: 0 });
    const { at, writer } = rigged;
    await writer.write([item(1, RUN)]);
    await at.untilSettled(1);
    await writer.close();
    assert.equal((await ran(at))!.status, "success");
    assert.deepEqual(await published(at), ["7000 processing", "6600"], `after ${attempt} attempts`);
  }
});

Deno.test("skillSink() does not tell a buyer again that its job runs after a restart", async () => {
  let asked = false;
  await using rigged = await rig([{ ...TO_RUN, attempt: 1 }], {
    async run() {
      await until(() => asked);
      return SUCCESS;
    },
  }, { tellAfterMs: 0 });
  const { at, sink } = rigged;
  const { jobId } = TO_RUN;
  const event = new TextEncoder().encode('{"kind":7000,"tags":[["status","processing"]]}');
  const told = { jobId, event, destination: "", terminalPubkey: "", createdAtMs: 1 };
  const row = { ...told, purpose: "write", amountUnits: null } as const;
  await at.store.commit([{ op: "addOutbox", row }]);
  const writer = sink({
    ...at.store,
    hasTold(id) {
      asked = true;
      return at.store.hasTold(id);
    },
  });
  await writer.write([item(1, RUN)]);
  await at.untilSettled(1);
  await writer.close();
  assert.deepEqual(await published(at), ["7000 processing", "6600"]);
});

Deno.test("skillSink() tells buyers once, in the order of their jobs, that their jobs wait while another one runs", async () => {
  const [waits, later, failed] = ["job-aaaaaaa", "job-bbbbbbb", "job-ccccccc"].map((jobId, n) => ({
    ...TO_RUN,
    jobId,
    eventId: String(n).repeat(64),
    createdAtMs: TO_RUN.createdAtMs - 3 + n,
    request: n === 2 ? new TextEncoder().encode("broken") : TO_RUN.request,
  }));
  let looks = 0;
  await using rigged = await rig([TO_RUN, later, waits, failed], {
    async run() {
      await until(() => looks > 3);
      return SUCCESS;
    },
  }, { tellAfterMs: 0 });
  const { at, sink } = rigged;
  const writer = sink({
    ...at.store,
    hasTold: () => Promise.resolve(true),
    queuedJobs(...question) {
      looks++;
      return at.store.queuedJobs(...question);
    },
  });
  await writer.write([item(1, RUN)]);
  await at.untilSettled(1);
  await writer.close();
  const rows = await at.store.pendingOutbox(0, 100, 0);
  assert.deepEqual(rows.map(({ jobId }) => jobId), [waits.jobId, later.jobId, TO_RUN.jobId]);
  const told = JSON.parse(new TextDecoder().decode(rows[0].event)) as UnsignedEvent;
  assert.deepEqual(told.tags.find(([name]) => name === "status"), [
    "status",
    "processing",
    "waits for a free place",
  ]);
  assert.equal((await at.store.getJob(waits.jobId, "provider"))!.status, "paid");
});

Deno.test("skillSink() reports nothing of a job that was cancelled soon after its run began", async () => {
  await using rigged = await rig([TO_RUN], {
    async run() {
      const { jobId } = TO_RUN;
      const patch = { status: "cancelled" } as const;
      await rigged.at.store.commit([{ op: "patchJob", jobId, role: "provider", patch }]);
      await logged.promise;
      return SUCCESS;
    },
  }, { tellAfterMs: 0 });
  const logged = Promise.withResolvers<void>();
  const { at, writer } = rigged;
  const push = at.logs.push.bind(at.logs);
  at.logs.push = (...lines) => {
    if (lines.some(({ msg }) => msg === "a job's start was not told")) logged.resolve();
    return push(...lines);
  };
  await writer.write([item(1, RUN)]);
  await at.untilSettled(1);
  await writer.close();
  assert.deepEqual(await published(at), []);
});
