/**
 * Spans of OpenTelemetry, and their OTLP form in JSON. The ids of a job's spans are computed from the id of its request, which buyer,
 * connector and provider all know. So nothing about traces is in an event or a packet (docs/decisions/0028-traces-by-the-request.md).
 *
 * @see https://opentelemetry.io/docs/specs/otlp/
 * @module
 */
import { sha256Hex } from "../sha256.ts";

/** A value of an attribute. */
type SpanValue = string | number | bigint | boolean;

/** A timed step of a job. */
export interface Span {
  /** Id of the job's request, 64 hex digits. */
  readonly requestId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** Null for the root of the trace. */
  readonly parentSpanId: string | null;
  readonly name: string;
  /** As in OTLP: 1 inside a process, 2 answers a call, 3 makes a call. */
  readonly kind: 1 | 2 | 3;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, SpanValue>>;
}

/** The trace of a job: the first 32 digits of its request's id, so that a person finds the trace by the id. */
function traceIdOf(requestId: string): string {
  return requestId.slice(0, 32);
}

/**
 * The id of a span that has this name in its job's trace. Every process computes the same id.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { spanIdOf } from "./span.ts";
 *
 * assert.match(spanIdOf("ab".repeat(32), "buyer"), /^[0-9a-f]{16}$/);
 * assert.notEqual(spanIdOf("ab".repeat(32), "buyer"), spanIdOf("ab".repeat(32), "provider"));
 * ```
 */
export function spanIdOf(requestId: string, name: string): string {
  return sha256Hex(`crosstown span ${requestId} ${name}`).slice(0, 16);
}

/** The buyer's span of a whole job, the root of its trace. */
export function rootSpanIdOf(requestId: string): string {
  return spanIdOf(requestId, "buyer");
}

/** The body of a POST to `/v1/traces`. `resource` says which process the spans come from. */
export function encodeSpans(
  resource: Readonly<Record<string, SpanValue>>,
  version: string,
  spans: readonly Span[],
): string {
  return JSON.stringify({
    resourceSpans: [{
      resource: { attributes: attributesOf(resource) },
      scopeSpans: [{ scope: { name: "crosstown", version }, spans: spans.map(encoded) }],
    }],
  });
}

function encoded(span: Span) {
  const { requestId, spanId, parentSpanId, name, kind, startMs, endMs, failed, attributes } = span;
  return {
    traceId: traceIdOf(requestId),
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name,
    kind,
    startTimeUnixNano: nanoOf(startMs),
    endTimeUnixNano: nanoOf(Math.max(startMs, endMs)),
    attributes: attributesOf(attributes),
    status: failed ? { code: 2 } : { code: 1 },
  };
}

function nanoOf(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}

/** OTLP writes a 64-bit integer as text. */
function attributesOf(values: Readonly<Record<string, SpanValue>>) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "string"
      ? { stringValue: value }
      : typeof value === "boolean"
      ? { boolValue: value }
      : { intValue: String(value) },
  }));
}
