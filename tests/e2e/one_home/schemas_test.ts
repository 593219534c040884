/** What commands of jobs, market, money and checks print on a dev network, against the schemas of docs/schema/, with every object closed. */
import assert from "node:assert/strict";
import { NamedDocuments } from "../named_documents.ts";
import { bundleOf } from "../bundle.ts";
import { home } from "./one_home.ts";

const fits: NamedDocuments["fits"] = (...args) => new NamedDocuments(home).fits(...args);

Deno.test("documents of jobs fit their schemas: planned, done, failed with a log and files, refused, found again", async () => {
  const files = { "test.sh": "mkdir out; echo hello | tee out/a.txt; exit 3\n" };
  const { bundle, project } = await bundleOf(home.path, files);
  const run = ["job", "submit", "ci-run", "--param", "command=sh test.sh", "--artifact", "out/**"];
  const order = ["job", "submit", "echo", "--input", crypto.randomUUID()];
  const { jobs: before } = await fits("job-list", ["job", "list", "--limit", "1000"]);
  await fits("job-plan", [...order, "--dry-run"]);
  await fits("job-plan", [...run, "--input", project, "--dry-run"]);
  const echo = await fits("job", [...order, "--wait"]);
  assert.equal(echo.existing, false);
  const again = await fits("job", order);
  assert.equal(again.existing, true);
  const failed = await fits("job", [...run, "--input", bundle, "--wait"], 1);
  assert.deepEqual([failed.result.exit_code, failed.result.artifacts.files], [3, 1]);
  for (const command of ["status", "results", "wait"]) {
    await fits("job", ["job", command, echo.job_id]);
  }
  await fits("error", ["job", "submit", "echo", "--input", "y", "--bid", "0.000001"], 1);
  const { jobs } = await fits("job-list", ["job", "list", "--limit", "1000"]);
  assert.equal(jobs.length, before.length + 2);
});

Deno.test("documents of the market, the money and the checks fit their schemas", async () => {
  for (const input of ["one", "two"]) {
    await fits("job", ["job", "submit", "echo", "--input", input, "--again", "--wait"]);
  }
  const { providers: [provider] } = await fits("provider-list", ["provider", "list"]);
  await fits("provider", ["provider", "show", provider.pubkey]);
  const { channels: [channel] } = await fits("channel-list", ["channel", "list"]);
  await fits("channel", ["channel", "show", channel.channel_id]);
  const { payments } = await fits("payments", ["payments", "history"]);
  assert.ok(payments.length >= 4);
  await fits("payments", ["history", "--type", "all"]);
  await fits("payments-stats", ["payments", "stats"]);
  await fits("wallet-balance", ["wallet", "balance"]);
  await fits("doctor", ["doctor", "--report", `${home.path}/report.json`]);
  await fits("doctor", ["doctor", "--fix"]);
  await fits("doctor", ["doctor", "--packet", "--dry-run"]);
  await fits("error", ["doctor", "--timeout", "0"], 2);
});
