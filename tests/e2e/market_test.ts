import assert from "node:assert/strict";
import {
  bundleOf,
  devHome,
  type Document,
  network,
  processesOf,
  spent,
  testHome,
  tool,
  until,
  untilNone,
} from "./process.ts";
import { isLong } from "../long.ts";
import { approveSkill, writeSkill } from "../skills/skill_files.ts";

const FILES = {
  "test.sh": "#!/bin/sh\nset -eu\necho tested in $(basename $PWD)\ncat data.txt\n",
  "data.txt": "forty-two\n",
  "fail.sh": "echo broken\nexit 3\n",
};

const JOB_KEYS = [
  "job_id",
  "event_id",
  "kind",
  "status",
  "provider",
  "result",
  "paid",
  "paid_units",
  "elapsed_ms",
];

let home: Awaited<ReturnType<typeof devHome>>;
let made: { readonly bundle: string; readonly project: string };

/**
 * A command does its work itself or gives it to the home's daemon, which is much faster. In every run a daemon works on
 * one wire and the commands on the other; in `deno task long` it is the other way round.
 */
const daemon = (network.wire === "interledger") !== isLong;

Deno.test.beforeAll(async () => {
  home = await devHome();
  if (daemon) await home.json(["mayor", "up", "--detach"]);
  made = await bundleOf(home.path, FILES);
});
Deno.test.afterAll(async () => await home[Symbol.asyncDispose]());

/** Ended jobs of this test itself: no test depends on what another one bought. */
async function bought(count: number): Promise<readonly Document[]> {
  const jobs: Document[] = [];
  while (jobs.length < count) {
    jobs.push(
      await home.json(["job", "submit", "echo", "--input", crypto.randomUUID(), "--wait"]),
    );
  }
  return jobs;
}

/** Checks the documented fields and the payments of a job. */
function checkJob(job: Document, kind: number) {
  assert.deepEqual(JOB_KEYS.filter((key) => !(key in job)), []);
  assert.match(job.job_id, /^job-[0-9a-f]{7,}$/);
  assert.ok(job.event_id.startsWith(job.job_id.slice(4)));
  assert.equal(job.kind, kind);
  assert.equal(job.provider, home.network.provider);
  const { write_units: write, job_units: run } = job.paid;
  assert.equal(job.paid_units, String(BigInt(write) + BigInt(run)));
  assert.ok(job.elapsed_ms > 0);
}

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
  const { quotes } = await home.json(["job", "quote", "echo", "--input", "quoted"]);
  assert.equal(quotes.length, 1);
  const [{ price_units: price, quote_id: id, condition, reason, payment_mode: mode }] = quotes;
  assert.deepEqual([mode, reason], ["upfront", null]);
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.match(condition, /^[0-9a-f]{64}$/);
  assert.equal((await spent(home)).buyer, before.buyer);
  const job = await home.json(["job", "submit", "echo", "--input", "quoted", "--wait", "--again"]);
  assert.equal(job.paid.job_units, price);
  const { payment } = job;
  assert.equal(payment.mode, "upfront");
  assert.match(payment.quote_id, /^[0-9a-f]{64}$/);
  const receipt = Uint8Array.fromHex(payment.fulfillment);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", receipt));
  assert.equal(digest.toHex(), payment.condition);
});

const ON_DELIVERY = ["--payment", "on-delivery", "--wait"];
/** If every hop can open a condition, nobody can sell a key. */
const sells = network.wire === "interledger";

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
      [["echo", "--input", "a", "--bid", "5sat"], "wrong_rail", 1, /sat/],
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

Deno.test("job submit --callback refuses a skill that is not there, and tries one that fails again; job callback calls it once more", async () => {
  const count = (await home.json(["job", "list"])).jobs.length;
  const submit = ["job", "submit", "echo", "--input", "call me", "--callback"];
  const { error } = await home.json([...submit, "nobody", "--wait"], { code: 2 });
  assert.equal(error.code, "unknown_skill");
  assert.match(error.suggestion, /echo, ci-run/);
  assert.equal((await home.json(["job", "list"])).jobs.length, count);

  const folder = `${home.path}/skills/teller`;
  await writeSkill(
    folder,
    `kinds = []\n[run]\nrunner = "command"\ncommand = ["./run.sh"]\nsandbox = false\n`,
  );
  // The callback succeeds only the second time.
  const script = `#!/bin/sh\nset -eu\ncat > ${home.path}/said\n` +
    `grep -q 'kind: 6600\\|"kind":6600' ${home.path}/said || exit 0\n` +
    `echo call >> ${home.path}/calls\ntest $(wc -l < ${home.path}/calls) -gt 1\n`;
  await Deno.writeTextFile(`${folder}/run.sh`, script, { mode: 0o755 });
  const unapproved = await home.json([...submit, "teller", "--wait"], { code: 2 });
  assert.match(unapproved.error.message, /teller is new: 'crosstown skill approve teller'/);
  await approveSkill(home.path, folder);
  const calls = async () => (await Deno.readTextFile(`${home.path}/calls`)).split("\n").length - 1;
  const job = await home.json([...submit, "teller", "--wait"]);
  assert.equal(job.status, "success");
  assert.deepEqual([job.callback.skill, job.callback.state, job.callback.tries], [
    "teller",
    "done",
    2,
  ]);
  assert.equal(await calls(), 2);
  assert.match(await Deno.readTextFile(`${home.path}/said`), new RegExp(job.result.event_id));
  const again = await home.json(["job", "callback", job.job_id]);
  assert.deepEqual([again.callback.state, await calls()], ["done", 3]);
  await Deno.writeTextFile(`${folder}/run.sh`, "#!/bin/sh\nexit 7\n", { mode: 0o755 });
  await approveSkill(home.path, folder);
  const failed = await home.run(["job", "callback", job.job_id]);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /^TESTNET dev/);
  assert.match(failed.stderr, /^Error: the skill teller failed: teller exited 7/m);
  assert.match(failed.stderr, /^Suggestion: .*'crosstown job callback job-/m);
  const plain = await home.json(["job", "submit", "echo", "--input", "no callback", "--wait"]);
  assert.equal(plain.callback, null);
  const none = await home.json(["job", "callback", plain.job_id], { code: 1 });
  assert.equal(none.error.code, "no_callback");
});

Deno.test("job submit --callback ci-status and save-artifacts leave a check run, the exit code, and the event as it came", async () => {
  const command = "echo 1..2; echo ok 1; echo not ok 2; exit 3";
  const { bundle } = await bundleOf(home.path, { "test.sh": `${command}\n` });
  const files = async (callback: string, names: readonly string[]) => {
    const job = await home.json([
      ...["job", "submit", "ci-run", "--input", bundle, "--param", "command=sh test.sh"],
      ...["--callback", callback, "--wait"],
    ], { code: 1 });
    assert.deepEqual([job.callback.state, job.callback.error], ["done", null]);
    const folder = `${home.path}/hooks/mayor-001/artifacts/${job.job_id}`;
    const texts = names.map((name) => Deno.readTextFile(`${folder}/${name}`));
    return { job, texts: await Promise.all(texts) };
  };
  const status = await files("ci-status", ["check-run.json", "exit-code"]);
  const check = JSON.parse(status.texts[0]);
  assert.deepEqual([check.status, check.conclusion, check.external_id], [
    "completed",
    "failure",
    status.job.job_id,
  ]);
  assert.match(check.head_sha, /^[0-9a-f]{40}$/);
  assert.match(check.output.text, /^not ok 2$/m);
  assert.equal(status.texts[1], "3\n");
  const saved = await files("save-artifacts", [
    // As the wire's relay hands it on.
    network.wire === "interledger" ? "event.json" : "event.toon",
    "result.json",
    "log.txt",
  ]);
  assert.ok(saved.texts[0].includes(saved.job.result.event_id));
  assert.equal(JSON.parse(saved.texts[1]).exit_code, 3);
  assert.match(saved.texts[2], /^not ok 2$/m);
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

Deno.test("job status, results, wait and cancel take prefixes and refuse unknown and ambiguous ids", async () => {
  const [job] = await bought(2);
  for (const id of [job.job_id.slice(0, 10), job.event_id, job.event_id.slice(0, 9)]) {
    for (const what of ["status", "results", "wait"]) {
      assert.equal((await home.json(["job", what, id])).job_id, job.job_id);
    }
  }
  for (const what of ["status", "results", "wait", "cancel"]) {
    const unknown = await home.json(["job", what, "job-zzzzzzz"], { code: 1 });
    assert.equal(unknown.error.code, "not_found");
    assert.equal((await home.json(["job", what, "job-"], { code: 1 })).error.code, "ambiguous");
    assert.equal((await home.json(["job", what], { code: 2 })).error.code, "usage");
  }
  const over = await home.json(["job", "cancel", job.job_id], { code: 1 });
  assert.equal(over.error.code, "job_over");
  const [, line] = /'crosstown ([^']+)'/.exec(over.error.suggestion)!;
  assert.equal((await home.json(line.split(" "))).job_id, job.job_id, "what is suggested works");
});

Deno.test("job list filters and prints JSON, CSV and text", async () => {
  const ids = (await bought(2)).map(({ job_id }) => job_id);
  const { jobs } = await home.json(["job", "list", "--status", "success", "--limit", "2"]);
  assert.deepEqual(jobs.map(({ job_id }: Document) => job_id), ids.toReversed(), "newest first");
  const csv = await home.run([
    "job",
    "list",
    "--status",
    "success",
    "--limit",
    "2",
    "--output",
    "csv",
  ]);
  const lines = csv.stdout.split("\r\n");
  assert.equal(lines[0], Object.keys(jobs[0]).join(","));
  assert.equal(lines.length, 4);
  const text = await home.run(["job", "list", "--limit", "1"]);
  assert.match(text.stdout, /^JOB +ROLE +TYPE +STATUS/);
  assert.equal(
    (await home.json(["job", "list", "--status", "done"], { code: 2 })).error.code,
    "usage",
  );
});

Deno.test("job submit --timeout ends a job whose command takes longer, with exit 1", async () => {
  const job = await home.json(
    [
      ...["job", "submit", "ci-run", "--input", made.bundle],
      ...["--param", "command=sleep 60", "--timeout", "4", "--wait"],
    ],
    { code: 1 },
  );
  assert.ok(["timeout", "error"].includes(job.status), job.status);
  assert.equal(job.error.code, "timeout");
  assert.ok(job.elapsed_ms >= 2_000 && job.elapsed_ms < 60_000, `${job.elapsed_ms}`);
});

Deno.test("job cancel stops the run at the provider, says what is lost, and job list says so", async () => {
  const provider = `${home.path}/dev/provider`;
  const mark = crypto.randomUUID();
  const job = await home.json([
    ...["job", "submit", "ci-run", "--input", made.bundle],
    ...["--param", `command=sleep 290; echo ${mark}`],
  ]);
  const atProvider = () => home.json(["job", "status", job.job_id, "--home", provider]);
  await until("the run", async () => (await processesOf(mark)).length > 0);
  const cancelled = await home.json(["job", "cancel", job.job_id]);
  assert.deepEqual([cancelled.status, cancelled.provider_told], ["cancelled", "told"]);
  assert.equal(cancelled.lost.job_units, job.paid.job_units);
  assert.ok(BigInt(cancelled.lost.write_units) > BigInt(job.paid.write_units), "and its deletion");
  const stopped = await until("the provider to stop it", async () => {
    const found = await atProvider();
    return found.status === "cancelled" && found;
  });
  assert.equal(job.paid.job_units, "100000");
  assert.match(stopped.error.message, /; 0\.10 M2M were paid for it/);
  assert.deepEqual(await untilNone(() => processesOf(mark)), [], "the run has ended");
  const { jobs } = await home.json(["job", "list", "--status", "cancelled"]);
  assert.ok(jobs.some(({ job_id }: Document) => job_id === job.job_id));
  await home.json(["job", "results", job.job_id], { code: 1 });
  // Beside the daemon of a provider the place is free again: its jobs are bought as before.
  assert.equal(
    (await home.json(["job", "submit", "echo", "--input", "on", "--wait"])).status,
    "success",
  );
});

Deno.test("a second mayor on the same wallet is stopped before it pays, and the first continues", async () => {
  await home.json(["job", "submit", "echo", "--input", "first", "--wait"]);
  // The provider may still be publishing results of earlier tests.
  const { buyer: before } = await spent(home);
  const second = await home.json(
    ["job", "submit", "echo", "--input", "b", "--mayor", "mayor-002"],
    {
      code: 1,
    },
  );
  assert.equal(second.error.code, "second_mayor");
  assert.match(second.error.suggestion, /use --mayor mayor-001/);
  const left = await Deno.lstat(`${home.path}/hooks/mayor-002`).catch(() => null);
  assert.equal(left, null, "nothing of the second one is made");
  assert.equal((await spent(home)).buyer, before);
  const first = await home.json(["job", "submit", "echo", "--input", "a", "--wait"]);
  assert.equal(first.result.content, "a");
});

Deno.test("two homes do not disturb each other", async () => {
  await using bare = await testHome();
  assert.deepEqual(await bare.json(["job", "list"]), { schema: "job-list/1", jobs: [] });
  const refused = await bare.json(["job", "submit", "echo", "--input", "a"], { code: 1 });
  assert.equal(refused.error.code, "no_wallet");
  await using other = await devHome();
  const [mine, theirs] = await Promise.all(
    [home, other].map((each) =>
      each.json(["job", "submit", "echo", "--input", `home ${each.path}`, "--wait"])
    ),
  );
  assert.equal(mine.result.content, `home ${home.path}`);
  assert.equal(theirs.result.content, `home ${other.path}`);
  assert.equal(String((await spent(other)).buyer), theirs.paid_units);
  const { jobs } = await other.json(["job", "list"]);
  assert.deepEqual(jobs.map(({ job_id }: Document) => job_id), [theirs.job_id]);
});
