/**
 * What a worker hosts: a source, a transform or a sink, behind one face. The host attaches it to links, again and again.
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
  /** Drops the links of the old generation and goes on with these. */
  attach(attachment: Attachment): void;
  /** Source: reads no more, sends what is held, ends. Others do nothing: the end comes to them over their link. */
  drain(): void;
  /** Aborts at once; settles nothing. */
  stop(): void;
}

/** What a unit reports. */
export interface UnitReports {
  /** The stage is broken: replace its worker. */
  readonly failed: (error: unknown) => void;
  /** The neighbour on that side breaks the protocol. */
  readonly breach: (side: "in" | "out" | "ack", error: LinkError) => void;
  /** Nothing more will come of it. */
  readonly done: () => void;
  /** Items settled so far, told by a source. */
  readonly progress: (settled: number) => void;
}

/** What a unit is made of. */
export interface UnitParts {
  /** The stage. */
  readonly definition: StageDefinition;
  /** Its options. */
  readonly options: unknown;
  /** Its services by name, and the quarantine at a source. */
  readonly services: Readonly<Record<string, unknown>>;
  /** What it gets beside settlements and signal. */
  readonly context: Omit<StageContext, "signal" | "settlements">;
  /** How it is hosted. */
  readonly hosting: StageHosting;
  /** Its counters and tap. */
  readonly observation: Observation;
  /** What it tells the supervisor. */
  readonly reports: UnitReports;
}
