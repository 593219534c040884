/** `/metrics` of a daemon, scraped as Prometheus does while it works. */
import assert from "node:assert/strict";
import { samplesOf } from "../home/metrics/exposition.ts";
import { devHome, type Document, until } from "./process.ts";

Deno.test("mayor up --metrics serves its figures on loopback, and a mayor without it serves none", async () => {
  await using home = await devHome();
  const up: Document = await home.json(["mayor", "up", "--metrics", "0", "--detach"]);
  assert.match(up.metrics_url, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const job = await home.json(["job", "submit", "echo", "--input", "hello", "--wait"]);
  const scrape = async () => {
    const answer = await fetch(up.metrics_url);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    return samplesOf(await answer.text());
  };
  const samples = await until("figures of the job", async () => {
    const found = await scrape();
    return found.get("crosstown_paid_units_total") === job.paid_units &&
      found.has('crosstown_jobs{role="buyer",status="success"}') && found;
  });
  assert.equal(samples.get('crosstown_jobs{role="buyer",status="success"}'), "1");
  const [channel] = (await home.json(["channel", "list"])).channels;
  const left = BigInt(channel.deposit_units) - BigInt(channel.signed_units);
  assert.equal(
    samples.get(
      `crosstown_channel_balance_units{channel="${channel.channel_id}",status="open"}`,
    ),
    String(left),
  );
  await until(
    "its peers",
    async () => (await scrape()).get('crosstown_peer_connected{peer="relay"}') === "1",
  );
  await until("round trips to relay, connector and chain", async () => {
    const found = await scrape();
    const { live } = await home.json(["mayor", "status"]);
    return ["relay", "connector", "chain"].every((peer) =>
      found.has(`crosstown_peer_latency_seconds{peer="${peer}"}`) && live[peer].latency_ms >= 0
    );
  });

  // A browser page whose own host name resolves to this address is refused, and so is every other request.
  const { port } = new URL(up.metrics_url);
  const status = (path: string, host: string, method = "GET") =>
    raw(Number(port), path, host, method);
  assert.equal(await status("/metrics", `localhost:${port}`), 200);
  assert.equal(await status("/metrics", "evil.example"), 403);
  assert.equal(await status("/", "127.0.0.1"), 404);
  assert.equal(await status("/metrics", "127.0.0.1", "POST"), 405);

  await home.json(["mayor", "down"]);
  await assert.rejects(fetch(up.metrics_url));
  const without: Document = await home.json(["mayor", "up", "--detach"]);
  assert.ok(!("metrics_url" in without));

  // It starts to serve when the setting names a port, keeps a port while the next one is in use, and stops without the setting.
  const set = async (...args: string[]) => (await home.run(["config", ...args])).stderr;
  const now = () => home.json(["mayor", "status"]);
  const used = /the running mayor uses the file now/;
  const port1 = freePort();
  assert.match(await set("set", "metrics.port", `${port1}`), used);
  const first = (await now()).metrics_url;
  assert.equal(first, `http://127.0.0.1:${port1}/metrics`);
  const peer = 'crosstown_peer_connected{peer="relay"}';
  await until(
    "its peers",
    async () => samplesOf(await (await fetch(first)).text()).get(peer) === "1",
  );

  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port2 = taken.addr.port;
  const refused = /the running mayor does not use metrics\.port: .*127\.0\.0\.1:\d+: .*in use/;
  assert.match(await set("set", "metrics.port", `${port2}`), refused);
  const kept = await now();
  assert.deepEqual([kept.metrics_url, kept.settings.refused], [first, ["metrics.port"]]);
  assert.equal(kept.settings.problem.code, "no_metrics");
  assert.match((await home.run(["mayor", "status"])).stdout, /^problem +metrics cannot be served/m);
  await (await fetch(first)).text();

  // SIGHUP tries again.
  taken.close();
  Deno.kill(kept.pid, "SIGHUP");
  const moved = await until("the other port", async () => {
    const found = await now();
    return found.metrics_url !== first && found;
  });
  assert.equal(moved.metrics_url, `http://127.0.0.1:${port2}/metrics`);
  assert.deepEqual([moved.settings.refused, moved.settings.problem], [[], null]);
  await (await fetch(moved.metrics_url)).text();
  await assert.rejects(fetch(first));
  assert.match(await set("unset", "metrics.port"), used);
  assert.ok(!("metrics_url" in await now()));
  await assert.rejects(fetch(moved.metrics_url));
});

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The status of an answer to a request with this Host, which fetch() does not let anybody choose. */
async function raw(port: number, path: string, host: string, method: string): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(64);
  const length = await connection.read(buffer) ?? 0;
  return Number(
    /^HTTP\/1\.1 (\d{3})/.exec(new TextDecoder().decode(buffer.subarray(0, length)))?.[1],
  );
}
