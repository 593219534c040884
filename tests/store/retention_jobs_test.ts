import assert from "node:assert/strict";
import { countOldRowsIn } from "../../store/retention.ts";
import type { SequenceRow, SequenceStatus } from "../../store/sequence_row.ts";
import type { Change } from "../../store/store.ts";
import { eventIdOf } from "./store_rows.ts";
import { BEFORE_MS, inHome, jobAt, NOW_MS, OLD_MS } from "./retention_rows.ts";

Deno.test("removeOld() removes sequences that ended long enough ago, however many, and counts them", async () => {
  await inHome(async (home) => {
    const { store } = home;
    const put = (name: string, atMs: number): Change => {
      const row: SequenceRow = {
        sequenceId: `sequence-${name}`,
        name,
        key: name,
        network: "dev",
        status: "running",
        path: "steps",
        document: new TextEncoder().encode("{}"),
        budgetUnits: 1n,
        createdAtMs: atMs,
        updatedAtMs: atMs,
        errorCode: null,
        errorMessage: null,
      };
      return { op: "putSequence", row, steps: [{ name: "one", path: "steps" }] };
    };
    const end = (name: string, atMs: number, status: SequenceStatus = "success"): Change => ({
      op: "moveSequence",
      sequenceId: `sequence-${name}`,
      steps: [],
      sequence: { status },
      atMs,
    });
    const many = Array.from({ length: 405 }, (_, at) => `m${String(at).padStart(3, "0")}`);
    await store.commit([
      ...many.flatMap((name) => [put(name, OLD_MS), end(name, OLD_MS, "failed")]),
      put("runs", OLD_MS),
      put("late", OLD_MS),
      end("late", BEFORE_MS),
      put("just", 0),
      end("just", BEFORE_MS - 1),
    ]);
    assert.equal((await countOldRowsIn(home.folder, BEFORE_MS)).chains, 406);
    assert.equal((await store.removeOld(BEFORE_MS)).removed.chains, 406);
    const left = (await store.listSequences({})).map(({ name }) => name).sort();
    assert.deepEqual(left, ["late", "runs"]);
    assert.equal((await store.removeOld(BEFORE_MS)).removed.chains, 0);
  });
});

Deno.test("removeOld() removes what was kept with a job, only for the job's own role", async () => {
  await inHome(async (home) => {
    const { store } = home;
    const usage = (jobId: string): Change => ({
      op: "addJobUsage",
      row: {
        jobId,
        cpuMs: 1,
        memoryBytes: 2,
        networkBytes: null,
        wallMs: 3,
        inputBytes: 4,
        outputBytes: 5,
      },
    });
    const answer = (digits: string): Change => ({
      op: "recordAnswer",
      jobId: `job-${digits}000000`,
      eventId: eventIdOf(`9${digits}`),
      pubkey: "f".repeat(64),
      outcome: "foreign_provider",
      kind: 6600,
      atMs: NOW_MS,
    });
    const schema = (jobId: string): Change => ({
      op: "putResultSchemas",
      jobId,
      schemas: [{ provider: "p", schema: "{}" }],
    });
    const jobOf = (digits: string, role: "buyer" | "provider"): Change => {
      const change = jobAt(digits, OLD_MS, "success");
      return change.op === "putJob" ? { ...change, row: { ...change.row, role } } : change;
    };
    await store.commit([
      jobOf("a", "buyer"),
      jobOf("b", "provider"),
      usage("job-a000000"),
      usage("job-b000000"),
      answer("a"),
      answer("b"),
      schema("job-a000000"),
      schema("job-b000000"),
    ]);
    home.nowMs = NOW_MS;
    assert.equal((await store.removeOld(BEFORE_MS)).removed.jobs, 2);
    assert.notEqual(await store.jobUsage("job-a000000"), null);
    assert.equal(await store.jobUsage("job-b000000"), null);
    assert.deepEqual(await store.answersOf("job-a000000"), []);
    assert.equal((await store.answersOf("job-b000000")).length, 1);
    assert.equal(await store.resultSchemaOf("job-a000000", "p"), null);
    assert.equal(await store.resultSchemaOf("job-b000000", "p"), "{}");
  });
});

Deno.test("removeOld() keeps a job while one that it is compared with is younger", async () => {
  await inHome(async (home) => {
    const { store } = home;
    const of = (digits: string, atMs: number): Change => {
      const change = jobAt(digits, atMs, "success");
      return change.op !== "putJob"
        ? change
        : { ...change, row: { ...change.row, provider: digits.repeat(64) } };
    };
    const jobIds = ["job-a000000", "job-b000000"];
    await store.commit([of("a", OLD_MS), of("b", NOW_MS), {
      op: "putVerification",
      rows: jobIds.map((jobId, position) => ({
        jobId,
        leadId: jobIds[0],
        position,
        needed: 2,
        count: 2,
        challenge: false,
        compare: "skill",
        judge: "even",
        atMs: OLD_MS,
      })),
    }]);
    await store.commit([{
      op: "putJudgement",
      row: {
        leadId: jobIds[0],
        skill: "even",
        sha256: "a".repeat(64),
        groups: JSON.stringify([["b".repeat(64)]]),
        undecided: null,
        failedOn: null,
        errorCode: null,
        errorMessage: null,
        atMs: NOW_MS,
      },
    }]);
    home.nowMs = NOW_MS;
    assert.equal((await store.removeOld(BEFORE_MS)).removed.jobs, 0);
    assert.equal((await store.removeOld(NOW_MS + 1)).removed.jobs, 2);
    assert.deepEqual(await store.verificationOf(jobIds[0]), []);
    assert.equal(await store.judgementOf(jobIds[0]), null);
  });
});
