import assert from "node:assert/strict";
import type { SkillRunner } from "../../market/skill_runner.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Item, Settlement } from "../../stages/stage.ts";
import { item, published, ran, resultEvent, rig, RUN, SUCCESS, TO_RUN } from "./skill_sink_rig.ts";

/** Accepted jobs that fail: none may stay runnable, and the buyer is told. */
const ENDS: readonly {
  readonly name: string;
  readonly row?: Partial<JobRow>;
  readonly item?: Partial<Item>;
  readonly fakes?: Partial<SkillRunner>;
  readonly settlement: readonly [Settlement["outcome"], string];
  readonly code: string;
  readonly told: readonly string[];
}[] = [
  {
    name: "a skill that fails",
    fakes: {
      run: () =>
        Promise.resolve({
          ...SUCCESS,
          status: "error",
          errorCode: "bad_input",
          result: null,
          feedback: [{ ...resultEvent, kind: 7000, tags: [["status", "error"]] }],
        }),
    },
    settlement: ["failed", "error"],
    code: "bad_input",
    told: ["7000 error"],
  },
  {
    name: "a runner that throws",
    fakes: { run: () => Promise.reject(new Error("no space left")) },
    settlement: ["failed", "error"],
    code: "internal",
    told: ["7000 error"],
  },
  {
    name: "a job that was started three times",
    row: { attempt: 3, status: "processing" },
    settlement: ["failed", "error"],
    code: "poison",
    told: ["7000 error"],
  },
  {
    name: "a job that the source gave up as poison",
    item: {
      bytes: new Uint8Array(0),
      known: { job_id: TO_RUN.jobId, accepted: "yes" },
      refusal: { stage: "accepted-source", code: "poison", message: "it broke us twice" },
    },
    settlement: ["refused", "poison"],
    code: "poison",
    told: ["7000 error"],
  },
  {
    name: "a job that a stage refused",
    item: { refusal: { stage: "event-verifier", code: "bad_id", message: "no" } },
    settlement: ["refused", "bad_id"],
    code: "bad_id",
    told: ["7000 error"],
  },
  {
    name: "a refused job whose request cannot be read",
    row: { request: new Uint8Array([1]) },
    item: { refusal: { stage: "kind-extractor", code: "not_toon", message: "no" } },
    settlement: ["refused", "not_toon"],
    code: "not_toon",
    told: [],
  },
];
for (const each of ENDS) {
  Deno.test(`skillSink() ends ${each.name} as error ${each.code}`, async () => {
    await using rigged = await rig([{ ...TO_RUN, ...each.row }], each.fakes);
    const { at, writer } = rigged;
    await writer.write([item(1, RUN, each.item)]);
    const [{ outcome, detail }] = await at.untilSettled(1);
    assert.deepEqual([outcome, detail], each.settlement);
    const row = await ran(at);
    assert.deepEqual([row!.status, row!.errorCode], ["error", each.code]);
    assert.deepEqual(await published(at), each.told);
    assert.deepEqual(await at.store.runnableJobs([], 9, 0), []);
    await writer.close();
  });
}
