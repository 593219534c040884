/**
 * The messages between the supervisor and a worker. A worker parses data of strangers, so the supervisor checks its messages.
 *
 * @module
 */
import type { Level } from "../base/log/log.ts";
import type { WireError } from "../base/ports/error_classes.ts";
import { flattenError } from "../base/ports/wire_error.ts";
import type { Known } from "../stages/stage.ts";
import type { UnsettledBounds } from "./unsettled.ts";

/** A service for a unit: over a port, or made in the unit's worker. */
export type ServiceSource =
  | {
    readonly name: string;
    readonly port: MessagePort;
    readonly methods: readonly string[];
    /** The service starts on demand; the client's first call asks for it. */
    readonly asleep: boolean;
  }
  | { readonly name: string; readonly local: string; readonly options: unknown };

/** How a stage is hosted. */
export interface StageHosting {
  /** Limits of a source's unsettled items. */
  readonly unsettled?: UnsettledBounds;
  /** The lowest sequence number that this worker of the source uses on links. */
  readonly seqBase?: number;
  /** How long an item that is sent alone may delay the next one. */
  readonly carefulMs?: number;
  /** Name of the service whose `commit` stores poisoned documents. */
  readonly quarantine?: string;
}

/** Supervisor → worker. */
export type ToWorker =
  | {
    readonly type: "init";
    readonly unit: string;
    readonly kind: "stage" | "service";
    readonly name: string;
    readonly options: unknown;
    readonly services: readonly ServiceSource[];
    readonly hosting: StageHosting;
    /** A service reports `idle` after this time without a call; by default never. */
    readonly restAfterMs?: number;
  }
  | {
    readonly type: "attach";
    readonly unit: string;
    readonly generation: number;
    readonly in: readonly MessagePort[];
    readonly out: readonly MessagePort[];
    /** Names of the pipes to neighbours in the same worker, instead of ports. */
    readonly joinedIn: string | null;
    readonly joinedOut: string | null;
    readonly ack: MessagePort | null;
    /** The sink has no worker. A source reports `wanted` when it has an item. */
    readonly sinkRests: boolean;
    /** No worker has died since the links before: the sink began or ended its rest. */
    readonly calm: boolean;
  }
  /** Loads the modules of stages, services and local services of its group that it will host. Other names are ignored. */
  | { readonly type: "load"; readonly names: readonly string[] }
  /** Adds a client of a service; `disconnect` removes one. */
  | {
    readonly type: "connect";
    readonly unit: string;
    readonly client: number;
    readonly port: MessagePort;
  }
  | { readonly type: "disconnect"; readonly unit: string; readonly client: number }
  /** Moves each client to its new port and serves nobody, if no call is in progress. A sink drops its links, if it has no item. Answered by `rested`. */
  | {
    readonly type: "rest";
    readonly unit: string;
    /** Also while the service itself would stay; it goes on at its next start. */
    readonly anyway?: true;
    /** For a sink: the links that it drops. Links that it got since then count. */
    readonly generation?: number;
    readonly ports: readonly { readonly client: number; readonly port: MessagePort }[];
  }
  | { readonly type: "ping"; readonly nonce: number; readonly tap: boolean }
  /** Tells a source to read no more, send what it holds, and end. */
  | { readonly type: "drain"; readonly unit: string }
  /** Aborts one unit at once and removes it. Answered by `closed`. */
  | { readonly type: "close"; readonly unit: string }
  /** Aborts everything at once. Answered by `stopped`. */
  | { readonly type: "stop" };

/** The head of one item, without its bytes. */
export interface TapSample {
  /** Its sequence number on the link. */
  readonly seq: number;
  /** Its size. */
  readonly sizeBytes: number;
  /** The fields that stages have learned. */
  readonly known: Known;
  /** Code of its refusal. */
  readonly refusal?: string;
}

/** Counters of one unit. */
export type Counters = Readonly<Record<string, number>>;

/** Worker → supervisor. */
export type FromWorker =
  | { readonly type: "ready"; readonly unit: string }
  | { readonly type: "attached"; readonly unit: string; readonly generation: number }
  | { readonly type: "failed"; readonly unit: string | null; readonly error: WireError }
  /** The neighbour on that side broke the protocol of links. */
  | {
    readonly type: "breach";
    readonly unit: string;
    readonly side: "in" | "out" | "ack";
    readonly error: WireError;
  }
  | { readonly type: "done"; readonly unit: string }
  | { readonly type: "closed"; readonly unit: string }
  /** The source has an item for a sink that rests. */
  | { readonly type: "wanted"; readonly unit: string }
  /** A service was idle for a while. */
  | { readonly type: "idle"; readonly unit: string }
  /** Whether the service now serves nobody, or the sink reads no more; and its counters. */
  | {
    readonly type: "rested";
    readonly unit: string;
    readonly rests: boolean;
    readonly counters: Counters;
    /** That of the question; 0 if it had none. */
    readonly generation: number;
  }
  /** The unit calls a service that starts on demand. */
  | { readonly type: "need"; readonly unit: string; readonly service: string }
  | {
    readonly type: "pong";
    readonly nonce: number;
    readonly units: Readonly<Record<string, Counters>>;
    readonly samples: Readonly<Record<string, readonly TapSample[]>>;
  }
  | {
    readonly type: "log";
    readonly unit: string;
    readonly level: Level;
    readonly msg: string;
    readonly fields: Readonly<Record<string, string | number | boolean | bigint>>;
  }
  | { readonly type: "progress"; readonly unit: string; readonly settled: number }
  | { readonly type: "stopped" };

const MAX_TEXT = 4096;

/** A checked copy of a worker's message, or null. After null, the supervisor treats the worker as broken. */
export function parseFromWorker(data: unknown): FromWorker | null {
  if (!isRecord(data)) return null;
  const unit = typeof data.unit === "string" ? data.unit : null;
  const type = data.type;
  if (type === "stopped") return { type };
  if (type === "failed") return { type, unit, error: flattenError(data.error) };
  if (type === "pong") {
    if (!Number.isSafeInteger(data.nonce)) return null;
    const units = mapRecord(data.units, countersOf);
    return {
      type,
      nonce: data.nonce as number,
      units,
      samples: mapRecord(data.samples, samplesOf),
    };
  }
  if (unit === null) return null;
  switch (type) {
    case "ready":
    case "done":
    case "closed":
    case "idle":
    case "wanted":
      return { type, unit };
    case "rested": {
      const { rests, generation } = data;
      return typeof rests === "boolean" && isCount(generation)
        ? { type, unit, rests, generation, counters: countersOf(data.counters) }
        : null;
    }
    case "need":
      return typeof data.service === "string" ? { type, unit, service: data.service } : null;
    case "attached":
      return isCount(data.generation) ? { type, unit, generation: data.generation } : null;
    case "progress":
      return isCount(data.settled) ? { type, unit, settled: data.settled } : null;
    case "breach": {
      const { side } = data;
      if (side !== "in" && side !== "out" && side !== "ack") return null;
      return { type, unit, side, error: flattenError(data.error) };
    }
    case "log": {
      const { level, msg } = data;
      if (level !== "debug" && level !== "info" && level !== "warn" && level !== "error") {
        return null;
      }
      const text = typeof msg === "string" ? msg.slice(0, MAX_TEXT) : "";
      return { type, unit, level, msg: text, fields: fieldsOf(data.fields) };
    }
    default:
      return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function mapRecord<T>(value: unknown, map: (value: unknown) => T): Record<string, T> {
  const mapped: Record<string, T> = Object.create(null);
  if (isRecord(value)) {
    for (const [key, entry] of Object.entries(value)) {
      mapped[key] = map(entry);
    }
  }
  return mapped;
}

function countersOf(value: unknown): Counters {
  const counters: Record<string, number> = Object.create(null);
  if (!isRecord(value)) return counters;
  for (const [key, count] of Object.entries(value).slice(0, 256)) {
    if (typeof count === "number" && Number.isFinite(count)) counters[key.slice(0, 64)] = count;
  }
  return counters;
}

function samplesOf(value: unknown): TapSample[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, 256).filter((sample): sample is TapSample =>
    isRecord(sample) && isCount(sample.seq) && isCount(sample.sizeBytes) && isRecord(sample.known)
  );
}

function fieldsOf(value: unknown): Record<string, string | number | boolean | bigint> {
  const fields: Record<string, string | number | boolean | bigint> = {};
  if (!isRecord(value)) return fields;
  for (const [key, field] of Object.entries(value).slice(0, 32)) {
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(key)) continue;
    if (typeof field === "string") fields[key] = field.slice(0, MAX_TEXT);
    else if (["number", "boolean", "bigint"].includes(typeof field)) {
      fields[key] = field as number | boolean | bigint;
    }
  }
  return fields;
}
