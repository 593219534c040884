/**
 * The common interface of a source, a transform or a sink in a worker. The worker's host attaches it to links, again for each generation.
 *
 * @module
 */
import type { StageContext, StageDefinition } from "../stages/stage.ts";
import type { Attachment } from "./attachment.ts";
import type { LinkError } from "./link.ts";
import type { Observation } from "./observation.ts";
import type { StageHosting } from "./worker_messages.ts";

/** A hosted stage. */
export interface Unit {
  /** Drops the links of the old generation and continues with these. */
  attach(attachment: Attachment): void;
  /** A source reads no more, sends what it holds, and ends. Other units do nothing, because their link tells them the end. */
  drain(): void;
  /** Aborts at once and settles nothing. */
  stop(): void;
  /** A sink that has had nothing to do drops the links of this generation and returns true. */
  rest?(generation: number): boolean;
}

/** What a unit reports. */
export interface UnitReports {
  /** The stage is broken; its worker must be replaced. */
  readonly failed: (error: unknown) => void;
  /** The neighbour on that side broke the protocol. */
  readonly breach: (side: "in" | "out" | "ack", error: LinkError) => void;
  /** The unit has ended. */
  readonly done: () => void;
  /** A source has an item, and the sink rests. */
  readonly wanted: () => void;
  /** A source reports how many items were settled so far. */
  readonly progress: (settled: number) => void;
}

/** What a unit is made from. */
export interface UnitParts {
  /** The stage. */
  readonly definition: StageDefinition;
  /** Its options. */
  readonly options: unknown;
  /** Its services by name; for a source, also the quarantine. */
  readonly services: Readonly<Record<string, unknown>>;
  /** The stage's context without settlements and signal. */
  readonly context: Omit<StageContext, "signal" | "settlements">;
  /** How it is hosted. */
  readonly hosting: StageHosting;
  /** Its counters and tap. */
  readonly observation: Observation;
  /** How it reports to the supervisor. */
  readonly reports: UnitReports;
}
