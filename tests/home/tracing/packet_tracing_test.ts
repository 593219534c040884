/** The service `packet-tracing` of a connector, with a collector of OTLP. */
import assert from "node:assert/strict";
import { definition } from "../../../home/tracing/packet_tracing_service.ts";
import type { Span } from "../../../protocols/otlp/span.ts";

const span = (name: string): Span => ({
  requestId: "a".repeat(64),
  spanId: "b".repeat(16),
  parentSpanId: null,
  name,
  kind: 2,
  startMs: 1,
  endMs: 2,
  failed: false,
  attributes: {},
});

/** A collector that answers with this status, and what a service of a connector sends to it. */
async function traced(status: number) {
  const posts: string[][] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] } = await request.json();
      const named = resource.attributes.find(({ key }: { key: string }) =>
        key === "service.instance.id"
      );
      assert.equal(named.value.stringValue, "connector-7");
      posts.push(spans.map(({ name }: { name: string }) => name));
      return new Response(null, { status });
    },
  );
  const counted: Record<string, number> = {};
  const service = await definition.start(
    {
      endpoint: `http://127.0.0.1:${server.addr.port}/v1/traces`,
      version: "1",
      network: "dev",
      pid: 7,
    },
    {},
    {
      clock: Date.now,
      log: () => undefined,
      count: (name, by = 1) => void (counted[name] = (counted[name] ?? 0) + by),
    },
  );
  return {
    service,
    posts,
    counted,
    stop: () => definition.stop!(service),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("packet-tracing sends the spans of a while in one post, and those that are held when it stops", async () => {
  await using at = await traced(200);
  for (const name of ["one", "two", "three"]) await at.service.add(span(name));
  await at.stop();
  assert.deepEqual(at.posts, [["one", "two", "three"]]);
  assert.deepEqual(at.counted, { spans_taken: 3 });
  await at.stop();
  assert.equal(at.posts.length, 1, "nothing is sent twice");
});

Deno.test("packet-tracing holds 2,048 spans, and counts those that it drops", async () => {
  await using at = await traced(200);
  for (let n = 0; n < 2_050; n++) await at.service.add(span(String(n)));
  await at.stop();
  assert.deepEqual(at.posts.map((names) => [names.length, names.at(-1)]), [[2_048, "2047"]]);
  assert.deepEqual(at.counted, { spans_dropped: 2, spans_taken: 2_048 });
});

Deno.test("packet-tracing counts as dropped what the collector refuses, and sends it no more", async () => {
  await using at = await traced(400);
  await at.service.add(span("one"));
  await at.stop();
  assert.deepEqual([at.posts, at.counted], [[["one"]], { spans_dropped: 1 }]);
});

Deno.test("packet-tracing may reach its collector alone", () => {
  const options = { endpoint: "https://otlp.example/v1/traces", version: "", network: "", pid: 1 };
  assert.deepEqual(definition.permissions(options), { net: ["otlp.example:443"] });
});
