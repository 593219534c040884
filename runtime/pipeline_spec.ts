/**
 * What a pipeline is made of, as its author writes it down and as the supervisor checks it.
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
  /** Options; they survive a structured clone. */
  readonly options?: unknown;
  /** Workers that share the work, order not kept; transforms only, 1 unless told. */
  readonly pool?: number;
}

/** A service that is made inside the worker of each stage that names it. */
export interface LocalServiceSpec {
  /** Its name in the table of local services. */
  readonly local: string;
  /** Its options; they survive a structured clone. */
  readonly options?: unknown;
  /** Services of the pipeline that it calls itself. */
  readonly needs?: readonly string[];
}

/** A pipeline: a source, transforms, a sink. */
export interface PipelineSpec {
  /** Its name in logs; unique in one supervisor. */
  readonly name: string;
  /** From the source to the sink. */
  readonly stages: readonly StageSpec[];
  /** By the names under which stages ask for them; null for one that a stage can do without and does not get here. */
  readonly services?: Readonly<Record<string, ServiceHandle | LocalServiceSpec | null>>;
  /** Name of the service (a Store) that keeps poisoned documents. */
  readonly quarantine?: string;
  /** How much the source keeps until it is settled. */
  readonly unsettled?: UnsettledBounds;
  /** See source_unit.ts; 10 s unless told. */
  readonly carefulMs?: number;
}

/** A worker was replaced. */
export interface Replacement {
  /** Stages that the worker hosted. */
  readonly stages: readonly string[];
  /** How it died. */
  readonly reason: "failed" | "hung" | "breach";
  /** Code of the error, where it had one. */
  readonly code: string | undefined;
  /** What the error said. */
  readonly message: string;
  /** Generation of the new links. */
  readonly generation: number;
  /** From the death to the new links. */
  readonly elapsedMs: number;
}

/** A head that went by at a stage. */
export type Sample = TapSample & { readonly stage: string };

/** A pipeline that runs. */
export interface Pipeline {
  /** As in its specification. */
  readonly name: string;
  /** Resolves when every stage runs; rejects when one cannot start. */
  readonly ready: Promise<void>;
  /** Resolves when the source has ended and every item is settled; rejects when the pipeline is given up. */
  readonly done: Promise<void>;
  /** Reads no more, lets everything through, ends; after `deadlineMs` it is aborted. Resolves or rejects as `done`. */
  drain(deadlineMs?: number): Promise<void>;
  /** Ends at once; settles nothing; `done` rejects with PipelineError `aborted`. */
  abort(): Promise<void>;
  /** By stage, as of the last pong; a replaced worker's counters stay in the sum. `replaced` counts its replacements. */
  counters(): Readonly<Record<string, Counters>>;
  /** Asks every worker now, then gives the counters. */
  refresh(): Promise<Readonly<Record<string, Counters>>>;
  /** Heads that go by, sampled, without bytes; never makes the flow wait. Gives the end of it. */
  tap(listener: (samples: readonly Sample[]) => void, everyMs?: number): () => void;
  /** Called after a worker was replaced and the links were made anew. */
  onReplaced(listener: (replacement: Replacement) => void): void;
}

const MAX_POOL = 64;

/** Checks the shape that the mechanics rest on. Throws PipelineError `bad_spec`. */
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
    // What is settled, and what was settled already, is known in one place each.
    if (pool > 1 && role !== "transform") refuse(`${name} is a ${role} and cannot be a pool`);
    for (const service of services) {
      if (spec.services?.[service] === undefined) refuse(`${name} needs the service ${service}`);
    }
  });
  const { quarantine } = spec;
  if (quarantine !== undefined && !spec.services?.[quarantine]) {
    refuse(`the quarantine ${quarantine} is no service of it`);
  }
}

/** A pipeline that cannot start or go on. */
export class PipelineError extends Error {
  /** Always `PipelineError`. */
  override readonly name = "PipelineError";
  /** `bad_spec`, `start` (a worker died before it was ready), `restarts` (dies without progress), `aborted`. */
  readonly code: "bad_spec" | "start" | "restarts" | "aborted";
  /** Makes an error with its code. */
  constructor(code: PipelineError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts(
  "PipelineError",
  ({ code, message }) => new PipelineError(code as PipelineError["code"], message),
);
