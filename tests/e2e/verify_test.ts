/** Jobs that several providers do, over the real network: one of three lies, and a buyer that is killed. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { devLayout, devProviders } from "../../network/dev/layout.ts";
import { faultsOf } from "../commands/json_schemas.ts";
import { type Document, startMayor, type TestHome, testHome, until } from "./process.ts";

const SKILL = new URL("../../fixtures/skills/word-count", import.meta.url).pathname;
const WORDS = ["word-count", "--kind", "5650", "--input", "three little words"];

/** A job whose answer is stored as an encrypted blob. */
const LONG = ["long-text", "--kind", "5654", "--input", "three little words"];
const LETTERS = 300_000;

/** A job that the third provider does not end by itself. */
const SLOW = ["slow-count", "--kind", "5656", "--input", "three little words"];

let home: TestHome;
let providers: string[] = [];
let liar = "";
let folder = "";

/** The skill for it, at a price that covers the storage. */
async function longSkill(at: number): Promise<string> {
  const path = `${folder}/${at}/long-text`;
  await Deno.mkdir(path, { recursive: true });
  for (const { name } of Deno.readDirSync(SKILL)) {
    const text = await Deno.readTextFile(`${SKILL}/${name}`);
    await Deno.writeTextFile(
      `${path}/${name}`,
      text.replace("JSON.stringify({ words })", `"x".repeat(${LETTERS})`)
        .replace("name: word-count", "name: long-text").replace("[5650]", "[5654]")
        .replace("flat_units = 100", "flat_units = 60000")
        .replace("output_bytes = 4096", "output_bytes = 1000000"),
    );
  }
  return path;
}

/** The skill for it. The copy of the third provider waits for longer than any test. */
async function slowSkill(at: number): Promise<string> {
  const path = `${folder}/${at}/slow-count`;
  await Deno.mkdir(path, { recursive: true });
  const wait = at === 2 ? "await new Promise((resolve) => setTimeout(resolve, 900_000));\n" : "";
  for (const { name } of Deno.readDirSync(SKILL)) {
    const text = await Deno.readTextFile(`${SKILL}/${name}`);
    await Deno.writeTextFile(
      `${path}/${name}`,
      text.replace("const event:", `${wait}const event:`)
        .replace("name: word-count", "name: slow-count").replace("[5650]", "[5656]")
        .replace("flat_units = 100", "flat_units = 60000")
        .replace("timeout_s = 10", "timeout_s = 900"),
    );
  }
  return path;
}

Deno.test.beforeAll(async () => {
  home = await testHome();
  folder = await Deno.makeTempDir();
  ({ providers } = await home.json(["dev", "up", "--detach", "--providers", "3"]));
  await startMayor(home);
  liar = providers[2];
  // The skill of the third provider counts one word too many.
  const lying = `${folder}/word-count`;
  await Deno.mkdir(lying);
  for (const { name } of Deno.readDirSync(SKILL)) {
    const text = await Deno.readTextFile(`${SKILL}/${name}`);
    await Deno.writeTextFile(`${lying}/${name}`, text.replace("{ words }", "{ words: words + 1 }"));
  }
  for (const [at, { home: path }] of devProviders(devLayout(home.path), 3).entries()) {
    await home.json(["skill", "approve", at === 2 ? lying : SKILL, "--home", path]);
    await home.json(["skill", "approve", await longSkill(at), "--home", path]);
    await home.json(["skill", "approve", await slowSkill(at), "--home", path]);
  }
  await until("three announcements", async () => {
    const planned = async (job: readonly string[]) =>
      (await home.run(["job", "submit", ...job, "--verify", "3of3", "--dry-run"])).code === 0;
    return await planned(WORDS) && await planned(LONG) && await planned(SLOW);
  });
});
Deno.test.afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
});

const submit = (args: readonly string[], code = 0): Promise<Document> =>
  home.json(["job", "submit", ...args], { code });
const providersOf = (answers: Document[]) => answers.map(({ provider }) => provider);

Deno.test("job submit --verify 3of3: where too few answers are equal there is no result, and exit 1 with what each answered", async () => {
  const job = await submit([...WORDS, "--verify", "3of3", "--wait"], 1);
  assert.deepEqual([job.status, job.error.code, job.result], ["error", "no_agreement", null]);
  assert.equal(job.verification.state, "split");
  assert.deepEqual(job.verification.agreed, []);
  const { dissent, unanswered } = job.verification;
  assert.deepEqual(
    [...providersOf(dissent), ...providersOf(unanswered)].sort(),
    providers.toSorted(),
  );
  assert.equal(new Set(dissent.map(({ answer }: Document) => answer.sha256)).size, 2);
});

Deno.test("job submit --verify: answers that are stored as blobs, each encrypted under a key of its own, are equal if their contents are", async () => {
  const job = await submit([...LONG, "--verify", "3of3", "--wait"]);
  assert.deepEqual([job.status, job.verification.state], ["success", "agreed"]);
  assert.deepEqual(providersOf(job.verification.agreed).sort(), providers.toSorted());
  assert.equal(job.result.content, `${"x".repeat(LETTERS)}\n`);
  const file = `${folder}/long.json`;
  const written = await home.json(["job", "evidence", job.verification.id, "--out", file]);
  assert.deepEqual([written.valid, written.state], [true, "agreed"]);
});

Deno.test("a daemon cancels the rest of a decided job on delivery, for which no command waits", async () => {
  const job = await submit([
    ...[...SLOW, "--verify", "2of3", "--payment", "on-delivery", "--timeout", "600"],
  ]);
  const cancelled = await until("the third job to be cancelled", async () => {
    const { verification } = await home.json(["job", "status", job.job_id]);
    if (verification.state !== "agreed") return false;
    return verification.unanswered.find(({ status }: Document) => status === "cancelled");
  });
  assert.equal(cancelled.provider, liar);
  const { verification, payment } = await home.json(["job", "status", job.job_id]);
  assert.deepEqual(providersOf(verification.agreed).sort(), providers.slice(0, 2).sort());
  assert.deepEqual([payment.mode, payment.delivery.state], ["on-delivery", "opened"]);
  // Its status may show the accepted answer, if it was asked first. The list has what was paid for itself: its first part, and no key.
  const { jobs } = await home.json(["job", "list"]);
  const one = jobs.find(({ job_id }: Document) => job_id === cancelled.job_id);
  assert.equal(
    BigInt(one.spent_units) - BigInt(one.write_units),
    BigInt(payment.delivery.deposit_units),
  );
});

Deno.test("job submit --verify asks nobody where too few providers fit, or where an option does not go with it", async () => {
  const { jobs: before } = await home.json(["job", "list"]);
  for (
    const [args, code, exit] of [
      [["--verify", "3of4"], "too_few_providers", 1],
      [["--verify", "2of3", "--bid", "0.00001"], "bid_too_low", 1],
      [["--verify", "1of3"], "bad_job", 2],
      [["--verify", "2of3", "--provider", liar], "usage", 2],
      [["--verify", "2of3", "--callback", "x"], "usage", 2],
    ] as const
  ) {
    const { code: exited, stdout } = await home.run([
      ...["job", "submit", ...WORDS, "--again", ...args, "--output", "json"],
    ]);
    const { error } = JSON.parse(stdout);
    assert.deepEqual([error.code, exited], [code, exit], args.join(" "));
  }
  const { jobs } = await home.json(["job", "list"]);
  assert.equal(jobs.length, before.length);
});

Deno.test("job submit --verify of a buyer that is killed continues with job wait, and nobody is paid twice", async () => {
  const args = ["job", "submit", "echo", "--input", "killed", "--verify", "2of3", "--wait"];
  const killed = home.start(args);
  const [, id] = await killed.seen(/(job-[0-9a-f]+): /);
  killed.kill("SIGKILL");
  await killed.ended;
  const job = await home.json(["job", "wait", id]);
  assert.deepEqual([job.status, job.result.content], ["success", "killed"]);
  const { agreed, paid_units } = job.verification;
  assert.ok(agreed.length >= 2);
  const again = await home.json(args);
  assert.equal(again.existing, true);
  const all: Document = await until("all answers", async () => {
    const { verification } = await home.json(["job", "status", id]);
    return verification.agreed.length === 3 && verification;
  });
  const plan = await submit([
    "echo",
    "--input",
    "killed",
    "--verify",
    "2of3",
    "--again",
    "--dry-run",
  ]);
  assert.ok(BigInt(paid_units) <= BigInt(all.paid_units));
  assert.ok(BigInt(all.paid_units) <= BigInt(plan.total_units), "each was paid once");
});

Deno.test("job submit --verify 2of3: two equal answers count against a liar's, whoever answers first", async () => {
  const plan = await submit([...WORDS, "--verify", "2of3", "--dry-run"]);
  assert.deepEqual(providersOf(plan.verification.providers).sort(), [...providers].sort());
  const sums = plan.verification.providers.reduce(
    (sum: bigint, each: Document) => sum + BigInt(each.write_units) + BigInt(each.job_units),
    0n,
  );
  assert.equal(plan.total_units, String(sums));
  assert.deepEqual(faultsOf("job-plan", plan), []);
  const job = await submit([...WORDS, "--verify", "2of3", "--bid", "0.1", "--wait"]);
  assert.deepEqual([job.status, job.result.content], ["success", '{"words":3}\n']);
  assert.notEqual(job.provider, liar);
  assert.deepEqual(faultsOf("job", job), []);
  const { state, k, n, agreed, paid_units } = job.verification;
  assert.deepEqual([state, k, n], ["agreed", 2, 3]);
  assert.deepEqual(providersOf(agreed).sort(), providers.slice(0, 2).sort());
  assert.ok(BigInt(paid_units) > BigInt(job.paid_units) && BigInt(paid_units) <= 100_000n);
  const { id } = job.verification;
  // No command prints the liar's answer as a result.
  const lied: Document = await until("the liar's answer", async () => {
    const { verification } = await home.json(["job", "status", job.job_id]);
    return verification.dissent[0];
  });
  assert.equal(lied.provider, liar);
  for (const command of ["results", "wait"]) {
    const counts = await home.json(["job", command, id]);
    assert.deepEqual([counts.job_id, counts.result.content], [job.job_id, job.result.content]);
    if (lied.job_id === id) continue;
    const { result, error } = await home.json(["job", command, lied.job_id], { code: 1 });
    assert.deepEqual([result, error.code], [null, "dissent"], command);
  }
  // Only the accepted answers are history that covers later payments.
  using own = new DatabaseSync(`${home.path}/hooks/mayor-001/crosstown/state.db`, {
    readOnly: true,
  });
  const outcome = own.prepare("SELECT outcome FROM provider_payments WHERE job_id = ?");
  const outcomes = [...agreed, lied].map(({ job_id }: Document) => outcome.get(job_id)?.outcome);
  assert.deepEqual(outcomes, ["delivered", "delivered", "answered"]);
  // Nothing of these jobs is at the relay but gift wraps, so no provider sees another one's answer.
  using relay = new DatabaseSync(`${devLayout(home.path).folder}/relay/relay.db`, {
    readOnly: true,
  });
  const kinds = relay.prepare("SELECT DISTINCT kind FROM events").all()
    .map(({ kind }) => Number(kind));
  assert.ok(kinds.includes(1059));
  assert.deepEqual(kinds.filter((kind) => kind >= 5000 && kind <= 7000), []);
  // What the three signed is evidence for anybody.
  const out = `${folder}/evidence.json`;
  const written = await home.json(["job", "evidence", id, "--out", out]);
  assert.deepEqual(faultsOf("job-evidence", written), []);
  const signed = (agrees: boolean) =>
    providersOf(written.parts.filter((part: Document) => part.agrees === agrees)).sort();
  assert.deepEqual([written.valid, written.state], [true, "agreed"]);
  assert.deepEqual([signed(true), signed(false)], [providers.slice(0, 2).sort(), [liar]]);
  assert.ok(written.parts.every(({ paid_units }: Document) => BigInt(paid_units) > 0n));
  const nobody = { home: `${folder}/no-home` };
  const checked = await home.json(["job", "evidence", "--check", out], nobody);
  assert.deepEqual(checked, written);
  const forged = (await Deno.readTextFile(out)).replace(
    String.raw`\"words\":4`,
    String.raw`\"words\":3`,
  );
  await Deno.writeTextFile(`${folder}/forged.json`, forged);
  const { valid, faults } = await home.json(
    ["job", "evidence", "--check", `${folder}/forged.json`],
    { ...nobody, code: 1 },
  );
  assert.deepEqual([valid, /signature/.test(faults[0])], [false, true]);
  const { error: there } = await home.json(["job", "evidence", id, "--out", out], { code: 1 });
  assert.equal(there.code, "file_exists");
  // It counts only against the liar.
  const trust = await home.json(["provider", "trust", liar]);
  assert.deepEqual(faultsOf("provider-trust", trust), []);
  assert.deepEqual(trust.dissents, [{ job_id: lied.job_id, verification_id: id }]);
  const badly = trust.parts.filter(({ went }: Document) => went === "badly");
  assert.deepEqual(badly.map(({ job_id }: Document) => job_id), [lied.job_id]);
  assert.deepEqual((await home.json(["provider", "trust", providers[0]])).dissents, []);
  const refused = await submit([...WORDS, "--again", "--verify", "3of3"], 1);
  assert.equal(refused.error.code, "too_few_providers");
  // The same command finds its job, and pays nothing.
  const again = await submit([...WORDS, "--verify", "2of3", "--bid", "0.1", "--wait"]);
  assert.deepEqual([again.existing, again.job_id, again.result.content], [
    true,
    job.job_id,
    job.result.content,
  ]);
  assert.equal(again.verification.paid_units, paid_units);
});
