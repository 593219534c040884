/**
 * What a host must know of skillSink before it runs it. The stage itself is loaded only where it runs.
 *
 * @module
 */
import type { SkillSinkOptions, SkillSinkServices } from "./skill_sink_services.ts";
import { defineStage } from "./stage.ts";

/** The stage for its host. */
export const definition = defineStage<SkillSinkOptions, SkillSinkServices>({
  name: "skill-sink",
  role: "sink",
  services: ["store", "skills"],
  permissions: (options) => options.permissions,
  async create(options, services, context) {
    // Loaded only in the worker. The supervisor reads this file just for the permissions.
    const { skillSink } = await import("./skill_sink.ts");
    return skillSink(options, services, context);
  },
});
