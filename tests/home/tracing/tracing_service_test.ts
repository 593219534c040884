import assert from "node:assert/strict";
import { definition } from "../../../home/tracing/tracing_service.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { pause } from "../../../base/pause.ts";
import { until } from "../../e2e/process.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";

/** A collector that answers with these statuses one after another, and then takes everything. */
function collector(...statuses: number[]) {
  const traces: string[][] = [];
  let posts = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const { resourceSpans: [{ scopeSpans: [{ spans }] }] } = await request.json();
      const status = statuses[posts++] ?? 200;
      if (status === 200) traces.push(spans.map(({ name }: { name: string }) => name));
      // Its answer comes when the service may be stopping already.
      await pause(20);
      return new Response(null, { status, headers: { location: "/elsewhere" } });
    },
  );
  return {
    traces,
    posts: () => posts,
    endpoint: `http://127.0.0.1:${server.addr.port}/v1/traces`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function home() {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: Date.now, journal: true });
  const logged: string[] = [];
  let number = 0;
  return {
    store,
    logged,
    async endJob() {
      const row = job({ eventId: eventIdOf((++number).toString(16).padStart(7, "0")) });
      await store.commit([{ op: "putJob", row, expect: "absent" }]);
      const updatedAtMs = row.updatedAtMs + 1;
      await store.commit([{ op: "putJob", row: { ...row, status: "success", updatedAtMs } }]);
    },
    start: (endpoint: string) =>
      definition.start(
        { endpoint, version: "1", role: "mayor", network: "dev", pid: 1 },
        { store },
        {
          clock: Date.now,
          log: (_level, msg, fields) => logged.push(`${msg} ${JSON.stringify(fields)}`),
          count: () => undefined,
        },
      ),
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const WHOLE = ["job 5601", "until success"];

Deno.test("tracing sends each job that ends from its start on, waits while the collector is away, and goes on where it was", async () => {
  await using to = collector(503, 429);
  await using own = await home();
  await own.endJob();
  const first = await own.start(to.endpoint);
  await until("its place is kept", () => own.store.cursor("tracing"));
  await own.endJob();
  await until("the job's spans", () => Promise.resolve(to.traces[0]));
  assert.deepEqual(to.traces, [WHOLE], "once, and not the job before the start");
  assert.equal(to.posts(), 3);
  assert.deepEqual(own.logged.map((line) => line.replace(/:\d+"/, '"')), [
    'the collector is away {"host":"127.0.0.1"}',
  ]);
  await first.close();
  // A job that a command bought while no daemon ran.
  await own.endJob();
  const second = await own.start(to.endpoint);
  await until("the next job's spans", () => Promise.resolve(to.traces[1]));
  await second.close();
  assert.deepEqual(to.traces, [WHOLE, WHOLE]);
  assert.deepEqual(second.sent(), { taken: 2, refused: 0 });
});

Deno.test("tracing drops what the collector refuses, follows no redirect, and ends at once while the collector is away", async () => {
  await using to = collector(400, 307);
  await using own = await home();
  const tracing = await own.start(to.endpoint);
  await until("its place is kept", () => own.store.cursor("tracing"));
  for (let n = 0; n < 3; n++) await own.endJob();
  await until("the third job's spans", () => Promise.resolve(tracing.sent().taken === 2 || null));
  assert.deepEqual(tracing.sent(), { taken: 2, refused: 4 });
  assert.deepEqual(to.traces, [WHOLE]);
  assert.equal(to.posts(), 3);
  await tracing.close();
  // Nobody listens there.
  await using gone = collector();
  const { endpoint } = gone;
  await gone[Symbol.asyncDispose]();
  const waiting = await own.start(endpoint);
  await own.endJob();
  await until("it is away", () => Promise.resolve(own.logged.find((line) => /away/.test(line))));
  await waiting.close();
  assert.deepEqual(waiting.sent(), { taken: 0, refused: 0 });
});
