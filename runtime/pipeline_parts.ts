/**
 * The parts from which a supervised pipeline is made.
 *
 * @module
 */
import type { StageDefinition } from "../stages/stage.ts";
import type { Log } from "../base/log/log.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Sharing } from "./members.ts";
import type { PipelineSpec } from "./pipeline_spec.ts";
import type { WorkerLeases } from "./worker_leases.ts";

/** What a pipeline gets from its supervisor. */
export interface PipelineParts {
  /** The pipeline to run. */
  readonly spec: PipelineSpec;
  /** The definition of each stage, in order. */
  readonly definitions: readonly StageDefinition[];
  /** Which stages share a worker. */
  readonly sharing: Sharing;
  /** Where its workers come from. */
  readonly leases: WorkerLeases;
  /** Watches workers. */
  readonly heartbeat: Heartbeat;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Lines for the program log. */
  readonly log: Log;
  /** Called when a worker hangs and was bypassed, or when the pipeline was given up. */
  readonly fatal: (code: "hung" | "restarts", message: string) => void;
}
