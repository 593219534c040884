/** Metrics and traces of a daemon whose settings change while it runs. */
import assert from "node:assert/strict";
import { startMetrics } from "../../../commands/daemon/daemon_metrics.ts";
import { startTracing } from "../../../commands/daemon/daemon_tracing.ts";
import type { Config } from "../../../config/config.ts";
import { createSupervisor } from "../../../home/workers/supervisor.ts";
import { configOf } from "../../../shell/home/load_config.ts";
import { CommandError } from "../../../shell/errors.ts";
import { eventIdOf, job } from "../../store/store_rows.ts";
import { until } from "../../e2e/process.ts";
import { MemoryIo } from "../memory_io.ts";

/** A home's store with the workers around it, and its configuration with other texts. */
async function home() {
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const supervisor = createSupervisor({ log: () => {}, deadMs: 120_000 });
  const store = await supervisor.service("store", { folder, journal: true });
  const commits = store.client();
  let jobs = 0;
  return {
    home: { supervisor, services: { store } } as unknown as Parameters<typeof startMetrics>[0],
    async config(text: string): Promise<Config> {
      await Deno.writeTextFile(`${folder}/crosstown.toml`, text, { mode: 0o600 });
      const globals = {
        home: folder,
        output: "text",
        nonInteractive: true,
        yes: false,
        dryRun: false,
        quiet: false,
        verbose: false,
      } as const;
      return await configOf({ globals, io: new MemoryIo() });
    },
    async endJob() {
      const row = job({ eventId: eventIdOf((++jobs).toString(16).padStart(7, "0")) });
      await commits.commit([{ op: "putJob", row, expect: "absent" }]);
      const updatedAtMs = row.updatedAtMs + 1;
      await commits.commit([{ op: "putJob", row: { ...row, status: "success", updatedAtMs } }]);
    },
    async [Symbol.asyncDispose]() {
      await supervisor.stop(0);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const ABOUT = { role: "mayor", network: "dev", started_at: "2026-02-17T12:00:00.000Z" };
const flags = (metrics?: number) => ({
  options: { integer: () => metrics } as unknown as Parameters<typeof startMetrics>[1]["options"],
});
const ofPort = (port: number) => `[metrics]\nport = ${port}\n`;

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url);
  await answer.body?.cancel();
  return answer.status;
}

Deno.test("startMetrics() moves to another port, keeps the earlier one while the other is in use, and stops without a port", async () => {
  await using at = await home();
  const metrics = await startMetrics(at.home, flags(), await at.config(""), ABOUT);
  assert.equal(metrics.url(), null);
  await metrics.tell({}, {});

  const first = freePort();
  await metrics.configure(await at.config(ofPort(first)));
  const url = `http://127.0.0.1:${first}/metrics`;
  assert.deepEqual([metrics.url(), await statusOf(url)], [url, 200]);

  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const inUse = await at.config(ofPort(port));
  const refused = await metrics.configure(inUse).catch((error) => error);
  assert.ok(refused instanceof CommandError);
  assert.equal(refused.code, "no_metrics");
  assert.match(refused.message, new RegExp(`127\\.0\\.0\\.1:${port}: .*in use`));
  assert.deepEqual([metrics.url(), await statusOf(url)], [url, 200]);

  taken.close();
  await metrics.configure(inUse);
  assert.equal(metrics.url(), `http://127.0.0.1:${port}/metrics`);
  assert.equal(await statusOf(metrics.url()!), 200);
  await assert.rejects(statusOf(url), "the earlier port is closed");

  const last = metrics.url()!;
  await metrics.configure(await at.config(""));
  assert.equal(metrics.url(), null);
  await assert.rejects(statusOf(last));
});

Deno.test("startMetrics() keeps the port of its flag, whatever the file says", async () => {
  await using at = await home();
  const metrics = await startMetrics(at.home, flags(0), await at.config(""), ABOUT);
  const url = metrics.url()!;
  await metrics.configure(await at.config(ofPort(freePort())));
  assert.deepEqual([metrics.url(), await statusOf(url)], [url, 200]);
});

/** A collector that notes the resource and the number of spans of each post. */
function collector() {
  const posts: number[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const { resourceSpans: [{ scopeSpans: [{ spans }] }] } = await request.json();
      posts.push(spans.length);
      return new Response("{}");
    },
  );
  return {
    posts,
    text: `[tracing]\nendpoint = "http://127.0.0.1:${server.addr.port}/v1/traces"\n`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("startTracing() sends to a changed collector, keeps the earlier one where it may not reach the other, and ends without one", async () => {
  await using first = collector();
  await using second = collector();
  await using at = await home();
  const tracing = await startTracing(at.home, await at.config(""), "mayor");
  await tracing.configure(await at.config(first.text));
  await until("the journal's place", () => at.home.services.store.client().cursor("tracing"));
  await at.endJob();
  await until("spans at the first", () => Promise.resolve(first.posts.length === 1));

  // The tests may use this machine only.
  const elsewhere = await at.config('[tracing]\nendpoint = "https://traces.example/s3cr3t"\n');
  const refused = await tracing.configure(elsewhere).catch((error) => error);
  assert.ok(refused instanceof CommandError);
  assert.equal(refused.code, "no_tracing");
  assert.match(refused.message, /traces\.example:443/);
  assert.doesNotMatch(`${refused.message}${refused.suggestion}`, /s3cr3t/);
  await at.endJob();
  await until("more at the first", () => Promise.resolve(first.posts.length === 2));

  await tracing.configure(await at.config(second.text));
  await at.endJob();
  await until("spans at the second", () => Promise.resolve(second.posts.length === 1));
  await tracing.configure(await at.config(""));
  await at.endJob();
  // The next one gets what nobody took.
  await tracing.configure(await at.config(first.text));
  await until("the rest at the first", () => Promise.resolve(first.posts.length === 3));
  assert.deepEqual([first.posts.length, second.posts.length], [3, 1]);
});
