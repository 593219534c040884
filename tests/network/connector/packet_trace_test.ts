import assert from "node:assert/strict";
import { packetTrace } from "../../../network/connector/packet_trace.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import { rootSpanIdOf, type Span } from "../../../protocols/otlp/span.ts";

const ID = "ab".repeat(32);

function event(kind: number, tags: readonly (readonly string[])[] = []) {
  const pubkey = "cd".repeat(32);
  return { id: ID, pubkey, created_at: 1, kind, tags, content: "hidden", sig: "ef".repeat(64) };
}

/** The spans of one packet with this data. */
function spansOf(data: unknown): Span[] {
  const spans: Span[] = [];
  let now = 1_000;
  const trace = packetTrace(() => now, (span) => spans.push(span));
  const bytes = typeof data === "string" ? data : JSON.stringify(data);
  const prepare = { data: new TextEncoder().encode(bytes), amount: 9n } as Prepare;
  const end = trace("write", prepare);
  now = 1_250;
  end("T04");
  return spans;
}

Deno.test("packetTrace() puts a request, its result and its feedback into the trace of the request", () => {
  const request = "12".repeat(32);
  const tags = [["e", request]];
  for (
    const [data, requestId] of [
      [event(5600), ID],
      [{ request: event(5600), quote: event(7000, tags) }, ID],
      [event(6600, tags), request],
      [event(7000, [["p", "x"], ...tags]), request],
    ] as const
  ) {
    const [span, ...more] = spansOf(data);
    assert.deepEqual(more, []);
    assert.equal(span.requestId, requestId);
    assert.equal(span.parentSpanId, rootSpanIdOf(requestId));
    assert.deepEqual([span.startMs, span.endMs, span.failed], [1_000, 1_250, true]);
    assert.equal(span.attributes["crosstown.outcome"], "T04");
    assert.ok(!Object.values(span.attributes).includes("hidden"));
  }
});

Deno.test("packetTrace() makes no span of other events, of a gift wrap, or of bytes that are no event", () => {
  const others = ["", "{", "a: [", event(1), event(1059), event(6600), event(7000, [["e", "x"]])];
  for (const data of [...others, event(31_990), "\u0000".repeat(40_000)]) {
    assert.deepEqual(spansOf(data), []);
  }
});
