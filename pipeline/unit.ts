/**
 * What a worker hosts: a source, a transform or a sink, behind one face. The host attaches it to links, again and again.
 *
 * @module
 */
import type { StageContext, StageDefinition } from "../stages/stage.ts";
import type { LinkError } from "./link.ts";
import type { Observation } from "./observation.ts";
import type { StageHosting } from "./worker_messages.ts";

/** The links of one generation. */
export interface Attachment {
  readonly generation: number;
  readonly in: readonly MessagePort[];
  readonly out: readonly MessagePort[];
  readonly ack: MessagePort | null;
}

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
  readonly definition: StageDefinition;
  readonly options: unknown;
  readonly services: Readonly<Record<string, unknown>>;
  readonly context: Omit<StageContext, "signal" | "settlements">;
  readonly hosting: StageHosting;
  readonly observation: Observation;
  readonly reports: UnitReports;
}

/** Closes the ports of a generation that is over. */
export function detach(attachment: Attachment | null): void {
  if (attachment === null) return;
  for (const port of [...attachment.in, ...attachment.out]) port.close();
  attachment.ack?.close();
}
