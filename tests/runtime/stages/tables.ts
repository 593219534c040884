/**
 * The tables of the test workers. Nothing here imports the product's own tables: before a worker starts, Deno reads every module that it might
 * load.
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

export const TEST_TABLES: WorkerTables = {
  stages: {
    numbers: async () => (await import("./numbers.ts")).definition,
    troubled: async () => (await import("./troubled.ts")).definition,
    effects: async () => (await import("./effects.ts")).definition,
    prober: async () => (await import("./prober.ts")).definition,
    told: async () => (await import("./told.ts")).definition,
    bytes: async () => (await import("./bytes.ts")).definition,
    collect: async () => (await import("./collect.ts")).definition,
    greeter: async () => (await import("./greeter.ts")).definition,
  },
  services: {
    forgetful: async () => (await import("./forgetful.ts")).definition,
    journal: async () => (await import("./journal.ts")).definition,
    "shared-journal": async () => (await import("./journal.ts")).sharedDefinition,
  },
  locals: {
    greeting: async () => (await import("./greeting.ts")).greeting,
  },
};
