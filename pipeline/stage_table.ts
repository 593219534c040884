/**
 * Every stage of the product by its name. Each import is literal: a worker without permissions can load no other module.
 *
 * @module
 */
import type { StageDefinition } from "../stages/stage.ts";

/** Name in kebab case → the `definition` of the stage's file. */
export const STAGES: Readonly<Record<string, () => Promise<StageDefinition>>> = {
  "relay-source": async () => (await import("../stages/relay_source.ts")).definition,
  "kind-extractor": async () => (await import("../stages/kind_extractor.ts")).definition,
  "event-verifier": async () => (await import("../stages/event_verifier.ts")).definition,
  "correlator": async () => (await import("../stages/correlator.ts")).definition,
  "skill-sink": async () => (await import("../stages/skill_sink.ts")).definition,
  "job-source": async () => (await import("../stages/job_source.ts")).definition,
  "accepted-source": async () => (await import("../stages/accepted_source.ts")).definition,
  "event-signer": async () => (await import("../stages/event_signer.ts")).definition,
  "toon-encoder": async () => (await import("../stages/toon_encoder.ts")).definition,
  "prepare-sink": async () => (await import("../stages/prepare_sink.ts")).definition,
};
