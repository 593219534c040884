/** Runs one pipeline with faults in this process, prints the outcome as JSON, and exits as a daemon would. */
import type { PipelineSpec, Replacement } from "../../runtime/pipeline_spec.ts";
import type { Fatal } from "../../runtime/supervisor.ts";
import { reportAt } from "./stages/journal.ts";
import { testSupervisor } from "./supervised.ts";

interface Case {
  readonly stages: PipelineSpec["stages"];
  readonly unsettled?: PipelineSpec["unsettled"];
  readonly deadMs?: number;
  /** Stages share workers; by default each has its own. */
  readonly shared?: boolean;
  /** Milliseconds for which the main thread does nothing after the start. */
  readonly block?: number;
}

const given = JSON.parse(Deno.args[0]) as Case;
let fatal: Fatal | null = null;
const replaced: Replacement[] = [];
const supervisor = testSupervisor({
  pingMs: 50,
  deadMs: given.deadMs ?? 120_000,
  isolate: given.shared !== true,
  onFatal: (told) => fatal = told,
});
const service = await supervisor.service("journal", {});
const journal = service.client();
const pipeline = await supervisor.pipeline({
  name: "faulty",
  stages: given.stages,
  services: { journal: service },
  quarantine: "journal",
  unsettled: given.unsettled ?? { maxItems: 256 },
});
pipeline.onReplaced((replacement) => replaced.push(replacement));
let error: string | null = null;
try {
  await pipeline.ready;
  if (given.block !== undefined) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, given.block);
  }
  await pipeline.done;
} catch (thrown) {
  error = `${(thrown as Error).name} ${(thrown as { code?: string }).code}`;
}
const counters = pipeline.counters();
const count = (given.stages[0] as { readonly options?: { readonly count?: number } }).options
  ?.count;
const report = await (error === null ? reportAt(journal, count ?? 0) : journal.report());
console.log(JSON.stringify({ report, fatal, replaced, error, counters }));
// A hung worker cannot be killed, so the process exits, as every caller of onFatal must.
Deno.exit((fatal as Fatal | null)?.exitCode ?? 0);
