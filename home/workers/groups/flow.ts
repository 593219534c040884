/**
 * The stages between source and sink, which decode bytes of strangers and have no permissions; jobSource, which may read its input; and the
 * service that runs sequences, which reads results.
 *
 * @module
 */
import type { WorkerTables } from "../../../runtime/worker_host.ts";

/** Stages, services and local services of these workers. Each import is literal, as everywhere in the tables. */
export const FLOW = {
  stages: {
    "kind-extractor": async () => (await import("../../../stages/kind_extractor.ts")).definition,
    "event-verifier": async () => (await import("../../../stages/event_verifier.ts")).definition,
    "correlator": async () => (await import("../../../stages/correlator.ts")).definition,
    "job-source": async () => (await import("../../../stages/job_source.ts")).definition,
    "accepted-source": async () => (await import("../../../stages/accepted_source.ts")).definition,
    "callback-source": async () => (await import("../../../stages/callback_source.ts")).definition,
    "event-signer": async () => (await import("../../../stages/event_signer.ts")).definition,
    "toon-encoder": async () => (await import("../../../stages/toon_encoder.ts")).definition,
  },
  services: {
    "sequences": async () =>
      (await import("../../../market/sequences/sequence_runner_service.ts")).definition,
    "messages": async () =>
      (await import("../../../market/messages/message_service.ts")).definition,
  },
  locals: {
    judge: async () => (await import("../../local/judge.ts")).default,
    intake: async () => (await import("../../local/intake.ts")).default,
  },
} as const satisfies WorkerTables;
