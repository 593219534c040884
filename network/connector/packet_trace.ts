/**
 * The spans of packets that a connector delivers or forwards. Only a packet that carries a job's request or an answer to it has one. Of the
 * event, only the id of the request is used.
 *
 * @module
 */
import type { Prepare } from "../../protocols/ilp/packet.ts";
import { readPaidRequest } from "../../protocols/nostr/job_payment.ts";
import { FEEDBACK_KIND, isJobRequestKind, isJobResultKind } from "../../protocols/nostr/kinds.ts";
import { rootSpanIdOf, type Span } from "../../protocols/otlp/span.ts";

/** Begins the span of a packet. The returned function ends it, with `fulfilled` or the code of the refusal. */
export type PacketTrace = (
  step: "write" | "forward",
  prepare: Prepare,
) => (outcome: string) => void;

/** Gives spans to `add`. */
export function packetTrace(clock: () => number, add: (span: Span) => void): PacketTrace {
  return (step, { data, amount }) => {
    const startMs = clock();
    return (outcome) => {
      const endMs = clock();
      const job = jobOf(data);
      if (job === null) return;
      const { requestId, kind } = job;
      add({
        requestId,
        spanId: crypto.getRandomValues(new Uint8Array(8)).toHex(),
        parentSpanId: rootSpanIdOf(requestId),
        name: `connector ${step}`,
        kind: step === "write" ? 2 : 3,
        startMs,
        endMs,
        failed: outcome !== "fulfilled",
        attributes: {
          "crosstown.role": "connector",
          "crosstown.kind": kind,
          "crosstown.amount_units": amount,
          "crosstown.bytes": data.length,
          "crosstown.outcome": outcome,
        },
      });
    };
  };
}

/** The job of a packet, by its event. Null if it carries none that names a job. */
function jobOf(data: Uint8Array): { readonly requestId: string; readonly kind: number } | null {
  if (data.length === 0) return null;
  try {
    const { request: { id, kind, tags } } = readPaidRequest(data);
    if (isJobRequestKind(kind)) return { requestId: id, kind };
    if (!isJobResultKind(kind) && kind !== FEEDBACK_KIND) return null;
    const requestId = tags.find(([name]) => name === "e")?.[1] ?? "";
    return /^[0-9a-f]{64}$/.test(requestId) ? { requestId, kind } : null;
  } catch {
    // Packets carry what their senders like.
    return null;
  }
}
