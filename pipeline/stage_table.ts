/**
 * Every stage of the product by its name. Each import is literal: a worker without permissions can load no other module.
 *
 * @module
 */
import type { StageDefinition } from "../stages/stage.ts";

/** Name in kebab case → the `definition` of the stage's file. */
export const STAGES: Readonly<Record<string, () => Promise<StageDefinition>>> = {
  "kind-extractor": async () => (await import("../stages/kind_extractor.ts")).definition,
  "event-verifier": async () => (await import("../stages/event_verifier.ts")).definition,
};
