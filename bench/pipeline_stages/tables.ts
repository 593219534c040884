/** The tables of the bench's workers: two stages of the product, and a source and a sink of the bench. */
import type { WorkerTables } from "../../runtime/worker_host.ts";

/** Names and their modules. */
export const TABLES: WorkerTables = {
  stages: {
    "repeat-source": async () => (await import("./repeat_source.ts")).definition,
    "settle-sink": async () => (await import("./settle_sink.ts")).definition,
    "kind-extractor": async () => (await import("../../stages/kind_extractor.ts")).definition,
    "event-verifier": async () => (await import("../../stages/event_verifier.ts")).definition,
  },
  services: {},
  locals: {},
};
