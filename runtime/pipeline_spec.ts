/**
 * The specification of a pipeline, and the supervisor's checks of it.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";
import type { StageDefinition } from "../stages/stage.ts";
import type { ServiceHandle } from "./hosted_service.ts";
import type { UnsettledBounds } from "./unsettled.ts";
import type { Counters, TapSample } from "./worker_messages.ts";

/** A stage of a pipeline. */
export interface StageSpec {
  /** Its name in the stage table. */
  readonly stage: string;
  /** Options; they must survive a structured clone. */
  readonly options?: unknown;
  /** Number of workers that share the work without keeping the order; only for transforms, default 1. */
  readonly pool?: number;
  /** Only for a sink: it ends its worker after this time without an item, and the next item starts one again. By default never. */
  readonly restAfterMs?: number;
}

/** A service that is made inside the worker of each stage that names it. */
export interface LocalServiceSpec {
  /** Its name in the table of local services. */
  readonly local: string;
  /** Its options; they must survive a structured clone. */
  readonly options?: unknown;
  /** Services of the pipeline that it calls. */
  readonly needs?: readonly string[];
}

/** A pipeline: a source, transforms, a sink. */
export interface PipelineSpec {
  /** Its name in logs; unique in one supervisor. */
  readonly name: string;
  /** From the source to the sink. */
  readonly stages: readonly StageSpec[];
  /** Services by the names that stages use; null for an optional service that is not provided. */
  readonly services?: Readonly<Record<string, ServiceHandle | LocalServiceSpec | null>>;
  /** Name of the service (a Store) that keeps poisoned documents. */
  readonly quarantine?: string;
  /** The most that the source keeps unsettled. */
  readonly unsettled?: UnsettledBounds;
  /** See source_unit.ts; default 10 s. */
  readonly carefulMs?: number;
}

/** A worker was replaced. */
export interface Replacement {
  /** Stages that the worker hosted. */
  readonly stages: readonly string[];
  /** How it died. */
  readonly reason: "failed" | "hung" | "breach";
  /** Code of the error, if it had one. */
  readonly code: string | undefined;
  /** Message of the error. */
  readonly message: string;
  /** Generation of the new links. */
  readonly generation: number;
  /** Time from the death to the new links. */
  readonly elapsedMs: number;
}

/** The head of an item at a stage. */
export type Sample = TapSample & { readonly stage: string };

/** A running pipeline. */
export interface Pipeline {
  /** The name in its specification. */
  readonly name: string;
  /** Resolves when every stage runs; rejects if one cannot start. */
  readonly ready: Promise<void>;
  /** Resolves when the source has ended and every item is settled; rejects if the pipeline is given up. */
  readonly done: Promise<void>;
  /** Reads no more, processes everything that is in it, and ends; after `deadlineMs` it is aborted. Resolves or rejects as `done`. */
  drain(deadlineMs?: number): Promise<void>;
  /** Ends at once and settles nothing; `done` rejects with PipelineError `aborted`. */
  abort(): Promise<void>;
  /** Counters by stage, as of the last pong. Counters of replaced workers stay in the sums. `rests` counts how often a sink gave its worker up. */
  counters(): Readonly<Record<string, Counters>>;
  /** Asks every worker now, then returns the counters. */
  refresh(): Promise<Readonly<Record<string, Counters>>>;
  /** Listens to sampled heads of items, without bytes. It never delays the flow. Call the result to stop. */
  tap(listener: (samples: readonly Sample[]) => void, everyMs?: number): () => void;
  /** Listens to replacements; called after a worker was replaced and the links were made anew. */
  onReplaced(listener: (replacement: Replacement) => void): void;
}

const MAX_POOL = 64;

/** Checks a specification. Throws PipelineError `bad_spec`. */
export function checkSpec(
  spec: PipelineSpec,
  definitions: readonly StageDefinition[],
): void {
  const refuse = (what: string): never => {
    throw new PipelineError("bad_spec", `Cannot run pipeline ${spec.name}: ${what}`);
  };
  if (definitions.length < 2) refuse("needs a source and a sink");
  definitions.forEach(({ name, role, services }, index) => {
    const last = definitions.length - 1;
    const wanted = index === 0 ? "source" : index === last ? "sink" : "transform";
    if (role !== wanted) refuse(`${name} is a ${role} where a ${wanted} must be`);
    const pool = spec.stages[index].pool ?? 1;
    if (!Number.isSafeInteger(pool) || pool < 1 || pool > MAX_POOL) refuse(`pool of ${pool}`);
    if (spec.stages[index].restAfterMs !== undefined && role !== "sink") {
      refuse(`${name} is a ${role} and cannot rest`);
    }
    // One place must know which items were settled.
    if (pool > 1 && role !== "transform") refuse(`${name} is a ${role} and cannot be a pool`);
    for (const service of services) {
      if (spec.services?.[service] === undefined) refuse(`${name} needs the service ${service}`);
    }
  });
  const { quarantine } = spec;
  if (quarantine !== undefined && !spec.services?.[quarantine]) {
    refuse(`the quarantine ${quarantine} is not one of its services`);
  }
}

/** A pipeline that cannot start or go on. */
export class PipelineError extends Error {
  /** Always `PipelineError`. */
  override readonly name = "PipelineError";
  /** `bad_spec`, `start` (a worker died before it was ready), `restarts` (workers died without progress), `aborted`. */
  readonly code: "bad_spec" | "start" | "restarts" | "aborted";
  /** Makes an error with its code. */
  constructor(code: PipelineError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<PipelineError>(
  "PipelineError",
  ({ code, message }) => new PipelineError(code, message),
);
