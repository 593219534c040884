/**
 * The contract between a stage and its host: a test process, a worker, or standard input and output.
 *
 * A stage is `(options, services) => ReadableStream | TransformStream | WritableStream` over batches of items. It never imports another
 * stage, reads no environment, and holds nothing that the head of its module does not name.
 *
 * @module
 */
import type { DeclaredPermissions } from "../base/service.ts";
import type { Log } from "../base/log/log.ts";

/**
 * What stages have learned about a document. It is flat, so that it fits one head and prints as `key=value`. Keys match `[a-z][a-z0-9_]*`.
 */
export type Known = Readonly<Record<string, string | number>>;

/** Why a document was refused: `code` is stable and snake_case, `message` is for people and contains no secret. */
export interface Refusal {
  /** Stable code in snake_case. */
  readonly code: string;
  /** For people; contains no secret. */
  readonly message: string;
  /** The stage that refused, in kebab case. */
  readonly stage: string;
}

/** One document in a pipeline. `bytes` are the document's bytes; a refused item continues without bytes. */
export interface Item {
  /** Assigned by the source; rising and unique for the life of one pipeline. */
  readonly seq: number;
  /** The document as the stage received it; empty after a refusal. */
  readonly bytes: Uint8Array;
  /** What earlier stages have learned. */
  readonly known: Known;
  /** Why it was refused; later stages pass it on unchanged. */
  readonly refusal?: Refusal;
}

/** The chunks of every stream. Never empty; between workers at most 256 items or 256 KiB. */
export type Batch = readonly Item[];

/** The outcome of one item. The sink reports it after it is durable. The host reports `poison` and `dropped`. */
export interface Settlement {
  /** The item's sequence number. */
  readonly seq: number;
  /** `done` and `refused` are final; `failed` may be tried again by its owner. */
  readonly outcome: "done" | "refused" | "failed" | "poison" | "dropped";
  /** A code or an id with details; contains no secret. */
  readonly detail?: string;
}

/** A sink calls it, only after the outcome is durable. */
export interface Settlements {
  /** Sink side: call only after the outcome is durable. */
  settle(settled: readonly Settlement[]): void;
  /**
   * The source is called with settled items, in any order. Every item with a sequence number below `settledBefore` is settled: so far a
   * cursor may move (hosts always pass it).
   */
  onSettled(
    listener: (settled: readonly Settlement[], settledBefore?: number) => void,
  ): void;
}

/** What every stage receives in addition to its services. */
export interface StageContext {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Writes to the program log. */
  readonly log: Log;
  /** Where a sink settles items and a source learns of it. */
  readonly settlements: Settlements;
  /** Aborted when the stage must stop at once. To drain it, the host closes the sources. */
  readonly signal: AbortSignal;
  /** Adds to a counter that `pong` carries to the supervisor (`refused`, `dropped`, `reconnects`...). */
  readonly count: (counter: string, by?: number) => void;
}

/** The stream of a stage. */
export type StageStream =
  | ReadableStream<Batch>
  | TransformStream<Batch, Batch>
  | WritableStream<Batch>;

/**
 * The `definition` of a stage, so that any host can run it. A stage file exports it; if the file loads much, a file beside it (`NAME_definition.ts`)
 * does, because the supervisor reads every definition.
 */
// deno-lint-ignore no-explicit-any
export interface StageDefinition<Options = any, Services = any> {
  /** The name of the file in kebab case: `kind-extractor` is `kind_extractor.ts`. */
  readonly name: string;
  /** The position in a pipeline. */
  readonly role: "source" | "transform" | "sink";
  /** Names of the services of {@link Services} that the host must provide, e.g. `["store", "signer"]`. */
  readonly services: readonly string[];
  /** The exact permissions that the stage needs for these options; `{}` is none. */
  readonly permissions: (options: Options) => DeclaredPermissions;
  /** Loads the modules that {@link create} imports, before the options are known. Its result has no meaning. */
  readonly load?: () => Promise<unknown>;
  /** Options must survive a structured clone. */
  readonly create: (
    options: Options,
    services: Services,
    context: StageContext,
  ) => StageStream | Promise<StageStream>;
}

/** Infers the types of a definition, so that they need not be repeated. */
export function defineStage<Options, Services>(
  definition: StageDefinition<Options, Services>,
): StageDefinition<Options, Services> {
  return definition;
}

/** The item with further learned fields and the same bytes. */
export function learned(item: Item, known: Known): Item {
  return { ...item, known: { ...item.known, ...known } };
}

/** The item after a refusal, without its bytes. A refused item is never refused again. */
export function refuse(item: Item, stage: string, code: string, message: string): Item {
  return {
    seq: item.seq,
    bytes: new Uint8Array(0),
    known: item.known,
    refusal: { stage, code, message },
  };
}
