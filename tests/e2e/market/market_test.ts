/** What is bought: inputs, prices, ways to pay, and what is refused before it is paid. */
import assert from "node:assert/strict";
import { tool } from "../bundle.ts";
import { type Document, network, spent } from "../process.ts";
import { checkJob, daemon, home, made } from "./market_home.ts";

/** If every hop can open a condition, nobody can sell a key. */
const sells = network.wire === "interledger";

Deno.test("job submit ci-run --wait gives the contract's document for a git bundle, tar.gz and folder", async () => {
  const archive = `${home.path}/project.tar.gz`;
  await tool("tar", ["-czf", archive, "-C", made.project, "test.sh", "data.txt"], home.path);
  for (const input of [made.bundle, archive, made.project]) {
    const before = await spent(home);
    const job = await home.json([
      ...["job", "submit", "ci-run", "--input", input],
      ...["--param", "command=sh test.sh", "--wait"],
    ]);
    checkJob(job, 5601);
    assert.equal(job.status, "success");
    assert.equal(job.result.exit_code, 0);
    assert.match(job.result.log, /tested in .*\nforty-two/);
    assert.match(job.result.event_id, /^[0-9a-f]{64}$/);
    const after = await spent(home);
    assert.equal(String(after.buyer - before.buyer), job.paid_units, "the connector's own figure");
    const { elapsed_ms: _now, ...again } = await home.json(["job", "results", job.job_id]);
    const { elapsed_ms: _then, existing, ...first } = job;
    assert.equal(existing, false);
    assert.deepEqual(again, first);
  }
});

Deno.test("job submit ci-run exits 1 with the result of a command that failed", async () => {
  const job = await home.json(
    ["job", "submit", "ci-run", "--input", made.bundle, "--param", "command=sh fail.sh", "--wait"],
    { code: 1 },
  );
  checkJob(job, 5601);
  assert.equal(job.result.exit_code, 3);
  assert.match(job.result.log, /broken/);
  await home.json(["job", "results", job.job_id], { code: 1 });
  assert.equal((await home.json(["job", "status", job.job_id])).result.exit_code, 3);
});

Deno.test("job submit echo gives back a text and standard input", async () => {
  for (const [args, stdin] of [[["--input", "zwölf"], undefined], [["--input", "-"], "zwölf"]]) {
    const job = await home.json(
      ["job", "submit", "echo", ...args as string[], "--wait", "--again"],
      { stdin: stdin as string | undefined },
    );
    checkJob(job, 5600);
    assert.equal(job.result.content, "zwölf");
  }
});

Deno.test("job submit pays by a quote whose receipt only its provider could know, and job quote pays nothing", async () => {
  const before = await spent(home);
  const patient = ["--window", "30000"];
  const { quotes } = await home.json(["job", "quote", "echo", "--input", "quoted", ...patient]);
  assert.equal(quotes.length, 1);
  const [{ price_units: price, quote_id: id, condition, reason, payment_mode: mode }] = quotes;
  assert.deepEqual([mode, reason], ["upfront", null]);
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.match(condition, /^[0-9a-f]{64}$/);
  assert.equal((await spent(home)).buyer, before.buyer);
  const submit = ["job", "submit", "echo", "--input", "quoted", "--wait", "--again"];
  let job = await home.json(submit);
  // Where no quote comes within two seconds, the announced price is paid.
  for (let tries = 1; job.payment.quote_id === null && tries < 5; tries++) {
    job = await home.json(submit);
  }
  assert.equal(job.paid.job_units, price);
  const { payment } = job;
  assert.equal(payment.mode, "upfront");
  assert.match(payment.quote_id, /^[0-9a-f]{64}$/);
  const receipt = Uint8Array.fromHex(payment.fulfillment);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", receipt));
  assert.equal(digest.toHex(), payment.condition);
});

const ON_DELIVERY = ["--payment", "on-delivery", "--wait"];
Deno.test("job submit --payment on-delivery pays a deposit, and the rest for the key that opens the sealed result", async () => {
  const submit = ["job", "submit", "echo", "--input", "sealed words", ...ON_DELIVERY];
  if (!sells) {
    const { error } = await home.json(submit, { code: 1 });
    assert.equal(error.code, "no_provider");
    return;
  }
  const before = await spent(home);
  const job = await home.json(submit);
  assert.deepEqual([job.status, job.result.content], ["success", "sealed words"]);
  const { mode, condition, fulfillment, quote_id: id, delivery } = job.payment;
  assert.equal(mode, "on-delivery");
  const key = Uint8Array.fromHex(fulfillment);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
  assert.equal(digest.toHex(), condition);
  assert.deepEqual([delivery.quote.id, delivery.sealed_result.id, delivery.state], [
    id,
    job.result.event_id,
    "opened",
  ]);
  assert.ok(!JSON.stringify(delivery.sealed_result).includes("sealed words"));
  const price = BigInt(delivery.deposit_units) + BigInt(delivery.rest_units);
  assert.equal(job.paid.job_units, String(price));
  const after = await spent(home);
  assert.equal(String(after.buyer - before.buyer), job.paid_units, "the connector's own figure");
  const ran = await home.json([
    ...["job", "submit", "ci-run", "--input", made.project],
    ...["--param", "command=sh fail.sh", ...ON_DELIVERY],
  ], { code: 1 });
  assert.deepEqual([ran.status, ran.result.exit_code, ran.payment.mode], [
    "error",
    3,
    "on-delivery",
  ]);
  assert.match(ran.result.log, /broken/);
});

Deno.test("job submit --payment metered pays increments while the job runs, within the bid, and the run stops where none comes", async () => {
  const submit = [
    ...["job", "submit", "ci-run", "--input", made.project, "--payment", "metered"],
    ...["--param", "command=sleep 17; cat data.txt", "--bid", "0.2"],
  ];
  if (!sells) {
    const { error } = await home.json(submit, { code: 1 });
    assert.equal(error.code, "no_provider");
    return;
  }
  const plan = await home.json([...submit, "--dry-run"]);
  assert.deepEqual([plan.increment_s, plan.max_loss_units], [15, "25000"]);
  assert.equal(plan.job_units, String(25_000 * plan.increments));
  assert.ok(BigInt(plan.total_units) <= 200_000n);
  const before = await spent(home);
  const job = await home.json([...submit, "--wait"]);
  assert.deepEqual([job.status, job.result.exit_code], ["success", 0]);
  assert.match(job.result.log, /forty-two/);
  const { mode, increments, most_increments: most, max_loss_units: risk } = job.payment;
  assert.deepEqual([mode, most, risk], ["metered", plan.increments, "25000"]);
  // Its run began a second one; a loaded machine may run it longer.
  assert.ok(increments >= 2 && increments <= most, `${increments} of ${most}`);
  assert.equal(job.paid.job_units, String(25_000 * increments));
  const after = await spent(home);
  assert.equal(String(after.buyer - before.buyer), job.paid_units, "the connector's own figure");
  const short = await home.json([
    ...["job", "submit", "ci-run", "--input", made.project, "--payment", "metered", "--wait"],
    ...["--param", "command=sleep 200", "--bid", "0.045"],
  ], { code: 1 });
  assert.deepEqual([short.status, short.error.code], ["error", "increment_unpaid"]);
  assert.deepEqual([short.payment.increments, short.payment.most_increments], [1, 1]);
  assert.equal(short.paid.job_units, "25000");

  const alone = await home.run([
    ...["job", "submit", "ci-run", "--input", made.project, "--payment", "metered"],
    ...["--param", "command=echo alone", "--output", "json"],
  ]);
  // A daemon pays the increments. Without one, nobody pays them after the command has ended.
  assert.equal(/is paid while it runs, and stops when nobody pays/.test(alone.stderr), !daemon);
  const { job_id } = JSON.parse(alone.stdout);
  assert.equal((await home.json(["job", "wait", job_id])).status, "success");
});

Deno.test("job submit refuses what cannot be bought, says why, and spends nothing", async () => {
  const large = `${home.path}/large.bin`;
  await Deno.writeFile(large, new Uint8Array(60_000).map((_, i) => i * 7919));
  const nobody = "ab".repeat(32);
  const before = await spent(home);
  const count = (await home.json(["job", "list"])).jobs.length;
  for (
    const [args, code, exit, words] of [
      [["nonsense"], "bad_job", 2, /nonsense/],
      [["echo", "--input", "a", "--provider", "abc"], "bad_job", 2, /64 hex/],
      [["echo", "--input", "a", "--timeout", "0"], "usage", 2, /--timeout/],
      [["echo", "--input", "a", "--kind", "7"], "usage", 2, /--kind/],
      [["echo", "--input", "a", "--param", "x"], "usage", 2, /name=value/],
      [["ci-run", "--input", made.bundle], "usage", 2, /command/],
      [["echo", "--input", "./not-there"], "input_not_found", 2, /not-there/],
      [["echo", "--input", large], "too_large", 1, /80000 bytes .*32767/],
      [["echo", "--input", "a", "--bid", "10units"], "bid_too_low", 1, /the bid is 0\.00001 M2M$/],
      [["echo", "--input", "a", "--bid", "5sat"], "wrong_rail", 2, /sat/],
      [["echo", "--input", "a", "--provider", nobody], "no_provider", 1, /announces no echo/],
      [["echo", "--input", "a", "--platform", "plan9/mips"], "no_provider", 1, /plan9/],
      [["text-generation", "--input", "a"], "no_provider", 1, /text-generation/],
    ] as const
  ) {
    const { error } = await home.json(["job", "submit", ...args, "--wait"], { code: exit });
    assert.equal(error.code, code, JSON.stringify(error));
    assert.match(error.message, words);
    assert.ok(error.suggestion.length > 0);
  }
  assert.equal((await spent(home)).buyer, before.buyer);
  assert.equal((await home.json(["job", "list"])).jobs.length, count);
});

Deno.test("job submit --dry-run names the files of a folder, and refuses one that holds a home", async () => {
  await Deno.writeTextFile(`${made.project}/.gitignore`, "/.env\n");
  await Deno.writeTextFile(`${made.project}/.env`, "KEY=1\n");
  const submit = ["job", "submit", "ci-run", "--param", "command=true", "--dry-run", "--input"];
  const paths = ({ input }: Document) => input.listed.map(({ path }: Document) => path);
  const tracked = [".gitignore", "data.txt", "fail.sh", "test.sh"];
  const plan = await home.json([...submit, made.project]);
  assert.deepEqual(paths(plan), tracked);
  assert.equal(plan.input.files, 4);
  const whole = await home.json([...submit, made.project, "--include-ignored"]);
  assert.deepEqual(paths(whole), [".env", ...tracked]);
  const text = await home.run([...submit, made.project]);
  assert.match(text.stdout, /^Sends 4 files of \d+ bytes:\n +6 +\.gitignore\n/);
  await tool("sh", ["-c", "mkdir p && cp -r dev p/.gt"], home.path);
  for (const more of [[], ["--include-ignored"]]) {
    const { error } = await home.json([...submit, `${home.path}/p`, ...more], { code: 1 });
    assert.equal(error.code, "private_input");
    assert.match(error.message, /\/p\/\.gt is a crosstown home/);
  }
  const secret = `${made.project}/words.txt`;
  await Deno.writeTextFile(secret, "a passphrase\n", { mode: 0o600 });
  const given = ["--passphrase-file", secret];
  const named = await home.json([...submit, made.project, ...given], { code: 1 });
  assert.equal(named.error.code, "private_input");
  await Deno.remove(secret);
  const self = await home.json([...submit, home.path], { code: 1 });
  assert.equal(self.error.code, "private_input");
});

Deno.test("job submit of what the provider's skill cannot run is refused before the provider is paid", async () => {
  const before = await spent(home);
  const job = await home.json(
    ["job", "submit", "ci-run", "--param", "command=true", "--param", "colour=blue", "--wait"],
    { code: 1 },
  );
  assert.equal(job.status, "refused");
  assert.match(job.error.message, /no param "colour"/);
  assert.equal(job.paid.job_units, "0");
  const after = await spent(home);
  assert.equal(String(after.buyer - before.buyer), job.paid.write_units);
});

Deno.test("job submit --bid is met when it covers all, and --dry-run spends nothing", async () => {
  const before = await spent(home);
  const submit = ["job", "submit", "echo", "--input", "a", "--bid", "0.05"];
  const plan = await home.json([...submit, "--dry-run"]);
  assert.equal(plan.dry_run, true);
  assert.equal(
    plan.total_units,
    String(BigInt(plan.write_units) + BigInt(plan.job_units)),
  );
  assert.equal((await spent(home)).buyer, before.buyer);
  const job = await home.json([...submit, "--wait"]);
  assert.ok(BigInt(job.paid_units) <= 50_000n);
  assert.equal(job.paid_units, plan.total_units);
});
