/** The tables of test workers that also have the product's stages. */
import { LOCAL_SERVICES, STAGES } from "../../../home/workers/tables.ts";
import type { WorkerTables } from "../../../runtime/worker_host.ts";
import { TEST_TABLES } from "./tables.ts";

export const PRODUCT_TABLES: WorkerTables = {
  stages: { ...STAGES, ...TEST_TABLES.stages },
  services: TEST_TABLES.services,
  locals: {
    ...LOCAL_SERVICES,
    ...TEST_TABLES.locals,
    "deadly-skills": async () => (await import("./deadly_skills.ts")).deadlySkills,
  },
};
