/** Cases of the store's contract: logs of jobs grow without gaps and are read by offset; the usage of runs is summed. */
import assert from "node:assert/strict";
import type { Store } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import { job } from "./store_rows.ts";

const add = (store: Store, offset: number, text: string) =>
  one(store, {
    op: "addJobLog",
    row: {
      jobId: "job-5abc123",
      role: "provider",
      offset,
      sizeBytes: text.length,
      deflated: new TextEncoder().encode(text),
    },
  });

const read = async (store: Store, offset: number, waitMs = 0) => {
  const { pieces, endBytes, ended } = await store.jobLog("job-5abc123", "provider", offset, waitMs);
  return [pieces.map(({ deflated }) => new TextDecoder().decode(deflated)), endBytes, ended];
};

const runs = (status: "processing" | "success") =>
  job({ role: "provider", status, callbackSkill: null, updatedAtMs: 2_000 });

export const LOGS: readonly Case[] = [
  {
    name: "jobLog() gives the pieces from the one on that holds the offset",
    async run(store) {
      await one(store, { op: "putJob", row: runs("processing") });
      await add(store, 0, "abc");
      await add(store, 3, "de");
      assert.deepEqual(await read(store, 0), [["abc", "de"], 5, false]);
      assert.deepEqual(await read(store, 2), [["abc", "de"], 5, false]);
      assert.deepEqual(await read(store, 3), [["de"], 5, false]);
      assert.deepEqual(await read(store, 5), [[], 5, false]);
    },
  },
  {
    name: "addJobLog refuses a gap and an overlap, and takes the same piece again",
    async run(store) {
      await add(store, 0, "abc");
      await add(store, 0, "abc");
      await assert.rejects(add(store, 4, "x"), code("conflict"));
      await assert.rejects(add(store, 2, "x"), code("conflict"));
      await assert.rejects(add(store, 0, "ab"), code("conflict"));
      await assert.rejects(add(store, 3, ""), code("invalid"));
      assert.deepEqual((await read(store, 0))[1], 3);
    },
  },
  {
    name: "jobLog() is woken by a piece that is added, and by the end of the job",
    async run(store) {
      await one(store, { op: "putJob", row: runs("processing") });
      const more = read(store, 0, 60_000);
      await add(store, 0, "abc");
      assert.deepEqual(await more, [["abc"], 3, false]);
      const end = read(store, 3, 60_000);
      await one(store, {
        op: "patchJob",
        jobId: "job-5abc123",
        role: "provider",
        patch: { status: "success", updatedAtMs: 3_000 },
      });
      assert.deepEqual(await end, [[], 3, true]);
    },
  },
  {
    name: "addJobUsage adds the runs of a job, and keeps the largest memory",
    async run(store) {
      assert.equal(await store.jobUsage("job-a"), null);
      const row = { jobId: "job-a", inputBytes: 10, outputBytes: 3, wallMs: 100 };
      await one(store, {
        op: "addJobUsage",
        row: { ...row, cpuMs: 5, memoryBytes: 900, networkBytes: null },
      });
      await one(store, {
        op: "addJobUsage",
        row: { ...row, cpuMs: 7, memoryBytes: 400, networkBytes: 20 },
      });
      await one(store, {
        op: "addJobUsage",
        row: { ...row, cpuMs: null, memoryBytes: null, networkBytes: 30 },
      });
      const sum = { jobId: "job-a", cpuMs: 12, memoryBytes: 900, wallMs: 300 };
      assert.deepEqual(await store.jobUsage("job-a"), {
        ...sum,
        inputBytes: 10,
        outputBytes: 9,
        networkBytes: 50,
      });
    },
  },
];
