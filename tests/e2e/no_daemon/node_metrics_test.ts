/** `/metrics` of a provider, scraped as Prometheus does while it works. */
import assert from "node:assert/strict";
import { samplesOf } from "../../home/metrics/exposition.ts";
import { type Document, testHome, until } from "../process.ts";
import { home } from "./no_daemon.ts";

Deno.test("node up --metrics serves what a provider sold and earned, and its port is refused to a second one", async () => {
  await using other = await testHome();
  await Deno.writeTextFile(`${other.path}/crosstown.toml`, "[node]\nprice_units = 1000\n");
  const there = (args: readonly string[], code = 0): Promise<Document> =>
    home.json([...args, "--network", "dev", "--home", other.path], { code });
  const up = await there(["node", "up", "--metrics", "0", "--detach"]);
  try {
    const job = await home.json([
      ...[
        "job",
        "submit",
        "echo",
        "--input",
        "hello to a measured provider",
        "--provider",
        up.pubkey,
        "--wait",
      ],
    ]);
    assert.equal(job.status, "success");
    const samples = await until("what it earned", async () => {
      const found = samplesOf(await (await fetch(up.metrics_url)).text());
      return found.get("crosstown_earned_units_total") === "1000" &&
        found.has('crosstown_jobs{role="provider",status="success"}') && found;
    });
    assert.ok(
      [...samples.keys()].some((series) =>
        series.startsWith('crosstown_info{role="node",network="dev"')
      ),
    );
    assert.equal(samples.get('crosstown_jobs{role="provider",status="success"}'), "1");
    assert.ok(Number(samples.get("crosstown_provider_costs_units_total")) > 0);
    const { port } = new URL(up.metrics_url);
    const taken = await home.json(["mayor", "up", "--metrics", port, "--detach"], { code: 1 });
    assert.equal(taken.error.code, "no_metrics");
  } finally {
    await there(["node", "down"]);
  }
});
