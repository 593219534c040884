/**
 * The stages and services that find and run skills.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const SKILLS = {
  stages: {
    "skill-sink": async () => (await import("../../../stages/skill_sink_definition.ts")).definition,
  },
  services: {
    "artifact-unpacker": async () =>
      (await import("../../../skills/artifacts/unpack_service.ts")).definition,
    "skill-names": async () =>
      (await import("../../../skills/catalog/names_service.ts")).definition,
    "skill-judge": async () =>
      (await import("../../../skills/judging/judge_service.ts")).definition,
    "skill-catalog": async () =>
      (await import("../../../skills/catalog/catalog_definition.ts")).definition,
  },
  locals: { skills: async () => (await import("../../local/skills.ts")).default },
} as const satisfies WorkerTables;
