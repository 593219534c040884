import assert from "node:assert/strict";
import type { PipelineSpec } from "../../runtime/pipeline_spec.ts";
import { localHandle, testSupervisor } from "./supervised.ts";

const good = [{ stage: "bytes", options: { items: [] } }, { stage: "collect" }];
const handle = localHandle("collector", { collect: () => Promise.resolve() }, ["collect"]);
const specs: { name: string; spec: Partial<PipelineSpec>; error: object }[] = [
  { name: "an unknown stage", spec: { stages: [{ stage: "none" }, good[1]] }, error: RangeError },
  { name: "one stage", spec: { stages: [good[0]] }, error: { code: "bad_spec" } },
  { name: "no source", spec: { stages: [good[1], good[1]] }, error: { code: "bad_spec" } },
  { name: "no sink", spec: { stages: [good[0], good[0]] }, error: { code: "bad_spec" } },
  {
    name: "a sink that is a pool",
    spec: { stages: [good[0], { ...good[1], pool: 2 }] },
    error: { code: "bad_spec" },
  },
  {
    name: "a pool of none",
    spec: { stages: [good[0], { stage: "prober", pool: 0 }, good[1]] },
    error: { code: "bad_spec" },
  },
  { name: "a service that is missing", spec: { services: {} }, error: { code: "bad_spec" } },
  { name: "a quarantine that is missing", spec: { quarantine: "x" }, error: { code: "bad_spec" } },
];
for (const { name, spec, error } of specs) {
  Deno.test(`supervisor refuses a pipeline with ${name}`, async () => {
    const supervisor = testSupervisor();
    const whole = { name: "bad", stages: good, services: { collector: handle }, ...spec };
    await assert.rejects(supervisor.pipeline(whole), error);
    await supervisor.stop();
  });
}
