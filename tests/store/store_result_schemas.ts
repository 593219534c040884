/** Cases of the store's contract: the schemas of results, and results that are denied. */
import assert from "node:assert/strict";
import type { Change } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf, job } from "./store_rows.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const row = job({
  eventId: eventIdOf("1"),
  role: "buyer",
  provider: A,
  status: "success",
  resultEventId: eventIdOf("9"),
});
const { jobId } = row;
const put = (schemas: readonly object[]): Change => ({
  op: "putResultSchemas",
  jobId,
  schemas: schemas as { provider: string; schema: string }[],
});
const deny = (more: object = {}): Change => ({
  op: "denyResult",
  jobId,
  resultEventId: eventIdOf("9"),
  message: "/n must be an integer",
  atMs: 9_000,
  ...more,
});

export const RESULT_SCHEMAS: readonly Case[] = [
  {
    name: "putResultSchemas keeps the schema of each provider of a job, and the first of two",
    async run(store) {
      assert.equal(await store.resultSchemaOf(jobId, A), null);
      await one(store, { op: "putJob", row }, put([{ provider: A, schema: "{}" }]));
      await one(store, put([{ provider: A, schema: "[]" }, { provider: B, schema: "{ }" }]));
      assert.equal(await store.resultSchemaOf(jobId, A), "{}");
      assert.equal(await store.resultSchemaOf(jobId, B), "{ }");
      assert.equal(await store.resultSchemaOf("job-other", A), null);
      assert.deepEqual(await store.answeredJob(row.eventId, B), { job: row, schema: "{ }" });
      assert.deepEqual(await store.answeredJob(row.eventId, "c"), { job: row, schema: null });
      assert.equal(await store.answeredJob(eventIdOf("2"), A), null);
    },
  },
  {
    name: "putResultSchemas refuses too many, too long ones and what is no text",
    async run(store) {
      const many = Array.from({ length: 17 }, (_, at) => ({ provider: `${at}`, schema: "{}" }));
      const long = [{ provider: A, schema: "x".repeat(4_097) }];
      for (const schemas of [many, long, [{ provider: A, schema: 1 }], {} as never]) {
        await assert.rejects(one(store, put(schemas)), code("invalid"));
      }
    },
  },
  {
    name: "denyResult makes an error of a success with this result, once, and keeps the result",
    async run(store) {
      await one(store, { op: "putJob", row });
      const other = deny({ resultEventId: eventIdOf("8") });
      await assert.rejects(one(store, other), code("conflict"));
      await one(store, deny());
      const { status, errorCode, errorMessage, resultEventId, updatedAtMs } =
        (await store.getJob(jobId, "buyer"))!;
      assert.deepEqual(
        { status, errorCode, errorMessage, resultEventId, updatedAtMs },
        {
          status: "error",
          errorCode: "bad_result",
          errorMessage: "/n must be an integer",
          resultEventId: eventIdOf("9"),
          updatedAtMs: 9_000,
        },
      );
      await assert.rejects(one(store, deny()), code("conflict"));
      const [entry] = await store.listJournal({ limit: 1 });
      assert.deepEqual([entry.type, entry.outcome], ["job", "error"]);
    },
  },
];
