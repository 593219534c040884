import assert from "node:assert/strict";
import type { Journal } from "./stages/journal.ts";
import { testSupervisor } from "./supervised.ts";

Deno.test("supervisor runs a pipeline to its end", async () => {
  const supervisor = testSupervisor();
  const journal = await supervisor.service("journal", {});
  const pipeline = await supervisor.pipeline({
    name: "p",
    stages: [
      { stage: "numbers", options: { count: 1000 } },
      { stage: "troubled", options: { at: { 5: "refuse" } }, pool: 2 },
      { stage: "effects" },
    ],
    services: { journal },
  });
  await pipeline.ready;
  await pipeline.done;
  const report = await journal.client<Journal>().report();
  assert.deepEqual(report.settled, { done: 999, refused: 1 });
  assert.equal(report.cursor, 1000);
  await supervisor.stop();
});
