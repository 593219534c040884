/** Which changes of a job a home tells to those who wait for it: in the process and over the socket's JSON, over a real store. */
import assert from "node:assert/strict";
import type { JobRow } from "../../../store/job_row.ts";
import { call, JOB, overJson, rig, ROW } from "./home_methods_rig.ts";

for (const way of ["in the process", "over the socket"]) {
  const apiOf = ({ api, handlers }: Awaited<ReturnType<typeof rig>>) =>
    way === "in the process" ? api : overJson(handlers);

  Deno.test(`a home, ${way}, tells what changed between the caller's row and its wait, and nothing that the caller knows`, async () => {
    await using made = await rig();
    const { store } = made.at;
    const home = apiOf(made);
    await home.submitJob(JOB, call());
    const before = (await store.getJob(ROW.jobId, "buyer"))!;
    const patch = { status: "posted", updatedAtMs: before.updatedAtMs + 1 } as const;
    await store.commit([{ op: "patchJob", jobId: ROW.jobId, role: "buyer", patch }]);
    const toldFrom = async (knownMs: number | null) => {
      const told: string[] = [];
      const over = new AbortController();
      const progress = ({ status }: JobRow) => void told.push(status);
      const asked = { jobId: ROW.jobId, wanted: "ended", knownMs } as const;
      const waiting = home.untilJob(asked, { signal: over.signal, progress });
      await store.watchJob(ROW.jobId, "buyer", patch.updatedAtMs, 50);
      over.abort(new DOMException("enough", "AbortError"));
      await assert.rejects(waiting);
      return told;
    };
    assert.deepEqual(await toldFrom(before.updatedAtMs), ["posted"]);
    assert.deepEqual(await toldFrom(patch.updatedAtMs), []);
    assert.deepEqual(await toldFrom(null), []);
  });

  Deno.test(`a home, ${way}, tells of a result that comes right after the deadline`, async () => {
    await using made = await rig();
    const { store } = made.at;
    const home = apiOf(made);
    await home.submitJob(JOB, call());
    const move = (patch: Partial<JobRow>) =>
      store.commit([{ op: "patchJob", jobId: ROW.jobId, role: "buyer", patch }]);
    const told: string[] = [];
    const asked = { jobId: ROW.jobId, wanted: "ended", knownMs: null } as const;
    const waiting = home.untilJob(
      asked,
      call(({ status }) => {
        told.push(status);
        if (status === "timeout") void move({ status: "success", resultEventId: "9".repeat(64) });
      }),
    );
    await move({ status: "timeout" });
    assert.equal((await waiting).status, "success");
    assert.deepEqual(told, ["timeout", "success"]);
  });
}
