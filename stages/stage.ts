/**
 * The contract between a stage and whatever runs it: a test process, a worker, or standard input and output.
 *
 * A stage is `(options, services) => ReadableStream | TransformStream | WritableStream` over batches of items.
 * It never imports another stage, reads no environment, and holds nothing that the module head does not name.
 *
 * @module
 */
import type { DeclaredPermissions } from "../base/service.ts";
import type { Log } from "../base/log/log.ts";

/** What stages learned about a document. Flat, so that it packs into one head and prints as `key=value`. Keys match `[a-z][a-z0-9_]*`. */
export type Known = Readonly<Record<string, string | number>>;

/** Why a document went no further: `code` is stable and snake_case, `message` is for people and holds no secret. */
export interface Refusal {
  /** Stable, snake_case. */
  readonly code: string;
  /** For people; holds no secret. */
  readonly message: string;
  /** The stage that refused, in kebab case. */
  readonly stage: string;
}

/** One document on its way. `bytes` are exactly the bytes that came in; a refused item travels on with none. */
export interface Item {
  /** Given by the source, rising, unique for the life of one pipeline. */
  readonly seq: number;
  /** The document as it came in; empty after a refusal. */
  readonly bytes: Uint8Array;
  /** What the stages before learned. */
  readonly known: Known;
  /** Why it goes no further; stages pass it on untouched. */
  readonly refusal?: Refusal;
}

/** What every chunk of every stream is. Never empty, at most 256 items or 256 KiB between workers. */
export type Batch = readonly Item[];

/** What became of one item, told by the sink after it is durable. `poison` and `dropped` are told by the host. */
export interface Settlement {
  /** Of the item. */
  readonly seq: number;
  /** `done` and `refused` are final; `failed` may be tried again by its owner. */
  readonly outcome: "done" | "refused" | "failed" | "poison" | "dropped";
  /** A code or an id that says more; no secret. */
  readonly detail?: string;
}

/** How a sink tells the source, and a source hears, what became of items. */
export interface Settlements {
  /** Sink side: call only after the outcome is durable. */
  settle(settled: readonly Settlement[]): void;
  /**
   * Source side: called with what was settled, in any order. Every item with a sequence number below `settledBefore` is
   * settled: that is how far a cursor may move (hosts always tell it).
   */
  onSettled(
    listener: (settled: readonly Settlement[], settledBefore?: number) => void,
  ): void;
}

/** What every stage may have, beside the services that it names. */
export interface StageContext {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Writes to the program log. */
  readonly log: Log;
  /** Where a sink settles and a source hears of it. */
  readonly settlements: Settlements;
  /** Aborted when the stage must stop at once. To drain, the host closes the sources. */
  readonly signal: AbortSignal;
  /** Adds to a counter that `pong` carries to the supervisor (`refused`, `dropped`, `reconnects`...). */
  readonly count: (counter: string, by?: number) => void;
}

/** The stream that a stage is. */
export type StageStream =
  | ReadableStream<Batch>
  | TransformStream<Batch, Batch>
  | WritableStream<Batch>;

/** What a stage file exports as `definition`, so that the host can run it anywhere. */
// deno-lint-ignore no-explicit-any
export interface StageDefinition<Options = any, Services = any> {
  /** Kebab case of the file: `kind-extractor` is `kind_extractor.ts`. */
  readonly name: string;
  /** Where it may stand in a pipeline. */
  readonly role: "source" | "transform" | "sink";
  /** Names of the services of {@link Services} that the host must provide, e.g. `["store", "signer"]`. */
  readonly services: readonly string[];
  /** Exactly what the stage needs for these options; `{}` is none. */
  readonly permissions: (options: Options) => DeclaredPermissions;
  /** Options survive a structured clone. */
  readonly create: (
    options: Options,
    services: Services,
    context: StageContext,
  ) => StageStream | Promise<StageStream>;
}

/** Keeps the types of a definition without repeating them. */
export function defineStage<Options, Services>(
  definition: StageDefinition<Options, Services>,
): StageDefinition<Options, Services> {
  return definition;
}

/** The item with more known, its bytes untouched. */
export function learned(item: Item, known: Known): Item {
  return { ...item, known: { ...item.known, ...known } };
}

/** The item as it travels on after a refusal: without its bytes. A refused item is never refused again. */
export function refuse(item: Item, stage: string, code: string, message: string): Item {
  return {
    seq: item.seq,
    bytes: new Uint8Array(0),
    known: item.known,
    refusal: { stage, code, message },
  };
}
