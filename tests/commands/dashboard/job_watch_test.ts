import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { MemoryIo, run } from "../memory_io.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";

/** A home with a job that is open, one that is over, and its store, still open to write. */
async function watchedHome() {
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  const folder = `${root}/hooks/mayor-001/crosstown`;
  await Deno.mkdir(folder, { recursive: true });
  const store = await openSqliteStore({ folder, clock: () => 1_000, journal: true });
  const rows = [
    job({ eventId: eventIdOf("5abc123"), jobId: "job-5abc123", status: "processing" }),
    job({ eventId: eventIdOf("0000001"), jobId: "job-0000001", status: "success" }),
  ];
  for (const row of rows) await store.commit([{ op: "putJob", row }]);
  const to = (status: "partial" | "success", exitCode: number | null = null) =>
    store.commit([{
      op: "patchJob",
      jobId: "job-5abc123",
      role: "buyer",
      patch: { status, exitCode, updatedAtMs: 2_000 },
    }]);
  return {
    root,
    to,
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(root, { recursive: true });
    },
  };
}

Deno.test("job watch ID gives a document a line to a pipe, and ends with the job: 1 where its run failed", async () => {
  await using home = await watchedHome();
  const io = new MemoryIo();
  const ended = run(["--home", home.root, "job", "watch", "job-5abc"], { io });
  await io.until('"event":"now"');
  await home.to("partial");
  await io.until('"event":"partial"');
  await home.to("success", 3);
  assert.equal((await ended).code, 1);
  const lines = io.out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ job_id, event, status, seq }) => [job_id, event, status, typeof seq]),
    [
      ["job-5abc123", "now", "processing", "object"],
      ["job-5abc123", "partial", "partial", "number"],
      ["job-5abc123", "success", "success", "number"],
    ],
  );
  assert.equal(lines[2].exit_code, 3);
});

Deno.test("job watch on a terminal is text, of open jobs, until it is interrupted", async () => {
  await using home = await watchedHome();
  const io = new MemoryIo();
  io.terminal = true;
  const stop = new AbortController();
  const ended = run(["--home", home.root, "job", "watch"], { io, signal: stop.signal });
  await io.until("job-5abc123");
  await home.to("success", 0);
  await io.until("success");
  stop.abort();
  const { code, err } = await ended;
  assert.deepEqual([code, /Error/.test(err)], [0, false], "an interrupt is its only end");
  assert.match(io.out, /^[\d:]{8} {2}job-5abc123 {2}\S+ +processing/m);
  assert.ok(!io.out.includes("job-0000001"), "one that is over is no news");
});

Deno.test("job watch refuses a job that is not there, and a home without jobs", async () => {
  await using home = await watchedHome();
  const unknown = await run(["--home", home.root, "job", "watch", "job-9", "--output", "json"]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.out, /"code":"no_job"/);
  await Deno.mkdir(`${home.root}/none`);
  const empty = await run(["--home", `${home.root}/none`, "job", "watch", "--output", "json"]);
  assert.match(empty.out, /"code":"no_state"/);
});
