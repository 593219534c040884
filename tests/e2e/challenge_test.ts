/** Jobs that are done twice by chance, over the real network: one of three providers lies. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { devLayout, devProviders } from "../../network/dev/layout.ts";
import { faultsOf } from "../commands/json_schemas.ts";
import { type Document, startMayor, type TestHome, testHome, until } from "./process.ts";

const SKILL = new URL("../../fixtures/skills/word-count", import.meta.url).pathname;
const WORDS = ["word-count", "--kind", "5650", "--input", "three little words"];
/** A job for all providers, one of which ends its JSON with a space. */
const LINES = ["line-count", "--kind", "5652", "--input", "three little words"];
/** A job to which all three providers give different answers. */
const MARKS = ["mark-count", "--kind", "5653", "--input", "three little words"];
/** A job for which there are only two providers, one of which lies. */
const LETTERS = ["letter-count", "--kind", "5651", "--input", "three little words"];

let home: TestHome;
let folder = "";
/** The liar is the one that is asked first. */
let liar = "";
let honest: string[] = [];
/** The home of each. */
let homes = new Map<string, string>();
/** A challenge that no third provider can decide. */
let disputed: Document;

const keys = (of: Document[]): string[] => of.map(({ provider }) => provider);
const submit = (args: readonly string[], code = 0): Promise<Document> =>
  home.json(["job", "submit", ...args], { code });
const trust = (provider: string): Promise<Document> => home.json(["provider", "trust", provider]);

/** A skill whose count is too high by this many words, and whose JSON ends with `end`. */
async function skill(name: string, kind: number, tooMany: number, end = ""): Promise<string> {
  const path = `${folder}/${tooMany}${end.length}/${name}`;
  await Deno.mkdir(path, { recursive: true });
  for (const { name: file } of Deno.readDirSync(SKILL)) {
    const text = await Deno.readTextFile(`${SKILL}/${file}`);
    await Deno.writeTextFile(
      `${path}/${file}`,
      text.replace("{ words })", `{ words: words + ${tooMany} }) + ${JSON.stringify(end)}`)
        .replace("name: word-count", `name: ${name}`).replace("[5650]", `[${kind}]`),
    );
  }
  return path;
}

Deno.test.beforeAll(async () => {
  home = await testHome();
  folder = await Deno.makeTempDir();
  const { providers } = await home.json(["dev", "up", "--detach", "--providers", "3"]);
  await startMayor(home);
  const layout = devProviders(devLayout(home.path), 3);
  homes = new Map(layout.map(({ home: path }, at) => [providers[at], path]));
  const planned = async (args: readonly string[], count: number): Promise<string[]> =>
    await until(`${count} announcements`, async () => {
      const { code, stdout } = await home.run(
        ["job", "submit", ...args, "--challenge", "1", "--dry-run", "--output", "json"],
      );
      const found = code === 0 ? keys(JSON.parse(stdout).challenge.providers) : [];
      return found.length === count && found;
    });
  // All ask the same price, so the order is that of any job.
  [liar, ...honest] = await planned(["echo", "--input", "order"], 3);
  for (const [provider, path] of homes) {
    const tooMany = provider === liar ? 1 : 0;
    const approve = async (folder: string) =>
      await home.json(["skill", "approve", folder, "--home", path]);
    await approve(await skill("word-count", 5650, tooMany));
    await approve(await skill("line-count", 5652, 0, provider === honest[1] ? " " : ""));
    await approve(await skill("mark-count", 5653, [...homes.keys()].indexOf(provider)));
    if (provider !== honest[1]) await approve(await skill("letter-count", 5651, tooMany));
  }
  assert.equal((await planned(WORDS, 3))[0], liar);
  await planned(LINES, 3);
  await planned(MARKS, 3);
  await planned(LETTERS, 2);
});
Deno.test.afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("job submit --challenge asks nobody where an option does not go with it, or where it is not a probability", async () => {
  for (
    const [args, code, exit] of [
      [["--challenge", "1.5"], "bad_job", 2],
      [["--challenge", "5%"], "bad_job", 2],
      [["--challenge", "1", "--verify", "2of3"], "usage", 2],
      [["--challenge", "1", "--provider", "f".repeat(64)], "usage", 2],
      [["--challenge", "1", "--callback", "x"], "usage", 2],
      [["--challenge", "1", "--compare", "exit"], "bad_job", 2],
      [["--challenge", "1", "--compare", "luck"], "usage", 2],
      [["--compare", "json"], "usage", 2],
      [["--challenge", "1", "--bid", "0.00001"], "bid_too_low", 1],
    ] as const
  ) {
    const { code: exited, stdout } = await home.run(
      ["job", "submit", ...WORDS, ...args, "--output", "json"],
    );
    assert.deepEqual([JSON.parse(stdout).error.code, exited], [code, exit], args.join(" "));
  }
  assert.deepEqual((await home.json(["job", "list"])).jobs, []);
});

Deno.test("job submit --challenge --dry-run shows the chance, what it costs usually, what three cost, and the most", async () => {
  const plan = await submit([...WORDS, "--challenge", "0.05", "--bid", "0.3", "--dry-run"]);
  assert.deepEqual(faultsOf("job-plan", plan), []);
  const { chance, providers, total_units, most_units } = plan.challenge;
  assert.deepEqual([chance, providers.length, most_units], [0.05, 3, "300000"]);
  const sums = providers.map((each: Document) => BigInt(each.write_units) + BigInt(each.job_units));
  assert.equal(BigInt(plan.total_units), sums[0]);
  assert.equal(BigInt(total_units), sums[0] + sums[1] + sums[2]);
  const { stdout } = await home.run(
    ["job", "submit", ...WORDS, "--challenge", "0.05", "--bid", "0.3", "--dry-run"],
  );
  assert.match(stdout, /probability of 0\.05 a second provider.*at most 0\.30 /s);
});

Deno.test("job submit --challenge: a job that chance leaves alone is one private job, and the same command finds it", async () => {
  const args = ["echo", "--input", "alone", "--bid", "0.3", "--wait"];
  const job = await submit([...args, "--challenge", "0.000001"]);
  assert.deepEqual([job.status, job.result.content], ["success", "alone"]);
  assert.equal(job.verification, undefined);
  // It would be challenged now, but it is made already.
  const again = await submit([...args, "--challenge", "1"]);
  assert.deepEqual([again.existing, again.job_id, again.verification], [
    true,
    job.job_id,
    undefined,
  ]);
});

Deno.test("job submit --challenge: two equal answers are one result, without a message", async () => {
  const args = ["echo", "--input", "twice", "--bid", "0.3", "--wait"];
  const { code, stdout, stderr } = await home.run(
    ["job", "submit", ...args, "--challenge", "1", "--output", "json"],
  );
  const job = JSON.parse(stdout);
  assert.deepEqual([code, job.status, job.result.content], [0, "success", "twice"]);
  assert.deepEqual(faultsOf("job", job), []);
  const { state, k, n, challenge, agreed, dissent } = job.verification;
  assert.deepEqual([state, k, n, challenge, dissent], ["agreed", 2, 2, true, []]);
  assert.equal(new Set(keys(agreed)).size, 2);
  assert.doesNotMatch(stderr, /warning|differ|otherwise/);
  // The same command finds the job, whatever the random choice would be now.
  const again = await submit([...args, "--challenge", "0.000001"]);
  assert.deepEqual([again.existing, again.job_id], [true, job.job_id]);
  assert.equal(again.verification.paid_units, job.verification.paid_units);
});

Deno.test("job submit --challenge: where two answers differ and there is no third provider, both are disputed and neither counts", async () => {
  const { code, stdout, stderr } = await home.run(
    ["job", "submit", ...LETTERS, "--challenge", "1", "--bid", "0.3", "--wait", "--output", "json"],
  );
  const job = JSON.parse(stdout);
  assert.deepEqual([code, job.status, job.error.code, job.result], [
    1,
    "error",
    "no_agreement",
    null,
  ]);
  assert.match(stderr, /no third provider can be asked/);
  assert.match(stderr, /contradict each other, and nobody knows who is wrong/);
  const { id, state, dissent } = job.verification;
  assert.equal(state, "split");
  assert.deepEqual(keys(dissent).sort(), [liar, honest[0]].sort());
  const written = await home.json(["job", "evidence", id, "--out", `${folder}/disputed.json`]);
  assert.deepEqual([written.valid, written.state, written.parts.length], [true, "split", 2]);
  for (const { provider, job_id } of dissent) {
    const shown = await trust(provider);
    assert.deepEqual(faultsOf("provider-trust", shown), []);
    assert.deepEqual(shown.dissents, []);
    assert.deepEqual(shown.disputed, [{ job_id, verification_id: id }]);
    assert.ok(
      shown.parts.every((part: Document) => part.job_id !== job_id),
      "it counts for nothing",
    );
  }
  // Without a third provider the job stays disputed, and costs nothing more.
  const waited = await home.json(["job", "wait", id], { code: 1 });
  assert.deepEqual(waited.verification, job.verification);
  disputed = job.verification;
});

Deno.test("a daemon asks the third provider by itself, once, also if it is killed and started again", async () => {
  // Two of its own, so that one can be killed.
  await home.run(["mayor", "down"]);
  const running = async () => (await home.run(["mayor", "status"])).code === 0;
  const killed = home.start(["mayor", "run"]);
  await until("a daemon", running);
  const { verification: { id } } = await submit([
    ...[...MARKS, "--challenge", "1", "--bid", "0.3", "--require", "cpu>=1"],
  ]);
  const shown = async (): Promise<Document> =>
    JSON.parse((await home.run(["job", "status", id, "--output", "json"])).stdout).verification;
  const jobs = async (): Promise<Document[]> =>
    (await home.json(["job", "list"])).jobs.filter(({ kind }: Document) => kind === 5653);
  await until("a third job", async () => (await jobs()).length === 3);
  killed.kill("SIGKILL");
  await killed.ended;
  const daemon = home.start(["mayor", "run"]);
  try {
    await until("the next daemon", running);
    const { n, challenge, dissent }: Document = await until("three answers", async () => {
      const verification = await shown();
      return verification.dissent.length === 3 && verification;
    });
    assert.deepEqual([n, challenge], [3, true]);
    assert.equal(new Set(keys(dissent)).size, 3);
    const made = await jobs();
    assert.equal(made.length, 3);
    using own = new DatabaseSync(`${home.path}/hooks/mayor-001/crosstown/state.db`, {
      readOnly: true,
    });
    const kept = own.prepare("SELECT requirements FROM job_requirements WHERE job_id = ?");
    for (const { job_id } of made) {
      assert.equal(kept.get(job_id)?.requirements, '[{"field":"cpu","least":1}]');
    }
  } finally {
    daemon.kill("SIGTERM");
    await daemon.ended;
    await startMayor(home);
  }
});

Deno.test("job submit --challenge: where two answers differ a third provider is asked, two equal ones count, and the liar is told and avoided", async () => {
  const { code, stdout, stderr } = await home.run(
    ["job", "submit", ...WORDS, "--challenge", "1", "--bid", "0.3", "--wait", "--output", "json"],
  );
  const job = JSON.parse(stdout);
  assert.deepEqual([code, job.status, job.result.content], [0, "success", '{"words":3}\n']);
  assert.deepEqual(faultsOf("job", job), []);
  const { id, state, k, n, agreed, dissent, paid_units } = job.verification;
  assert.deepEqual([state, k, n], ["agreed", 2, 3]);
  assert.deepEqual([keys(agreed).sort(), keys(dissent)], [honest.toSorted(), [liar]]);
  assert.ok(BigInt(paid_units) <= 300_000n, "within the bid");
  assert.match(stderr, new RegExp(`${liar.slice(0, 12)} answered otherwise than two others`));
  const written = await home.json(["job", "evidence", id, "--out", `${folder}/lie.json`]);
  assert.deepEqual([written.valid, written.state, written.parts.length], [true, "agreed", 3]);
  const { dissents } = await trust(liar);
  assert.deepEqual(dissents, [{ job_id: dissent[0].job_id, verification_id: id }]);
  const plan = await submit([...WORDS, "--again", "--challenge", "1", "--dry-run"]);
  assert.deepEqual(keys(plan.challenge.providers).sort(), honest.toSorted());
});

Deno.test("job wait asks the third provider of a disputed job once there is one", async () => {
  const { id, paid_units } = disputed;
  await home.json(
    ["skill", "approve", `${folder}/00/letter-count`, "--home", homes.get(honest[1])!],
  );
  const decided: Document = await until("a third answer", async () => {
    const { code, stdout } = await home.run(["job", "wait", id, "--output", "json"]);
    return code === 0 && JSON.parse(stdout);
  });
  assert.deepEqual(faultsOf("job", decided), []);
  assert.equal(decided.result.content, '{"words":3}\n');
  const { verification } = decided;
  assert.deepEqual([verification.state, verification.k, verification.n], ["agreed", 2, 3]);
  assert.deepEqual(keys(verification.agreed).sort(), honest.toSorted());
  assert.deepEqual(keys(verification.dissent), [liar]);
  const paid = BigInt(verification.paid_units);
  assert.ok(paid > BigInt(paid_units) && paid <= 300_000n, "within the bid");
  const { disputed: still } = await trust(honest[0]);
  assert.ok(still.every((each: Document) => each.verification_id !== id));
  assert.equal((await trust(liar)).dissents.length, 2);
});

Deno.test("job submit --compare json takes answers as equal that differ in white space alone; its evidence says so", async () => {
  // The liar of the tests above is not asked.
  const plan = await submit([...LINES, "--verify", "2of2", "--compare", "json", "--dry-run"]);
  assert.deepEqual(faultsOf("job-plan", plan), []);
  assert.deepEqual(keys(plan.verification.providers).sort(), honest.toSorted());
  const job = await submit([...LINES, "--verify", "2of2", "--compare", "json", "--wait"]);
  assert.deepEqual(faultsOf("job", job), []);
  assert.deepEqual(JSON.parse(job.result.content), { words: 3 });
  const { id, state, compare, agreed } = job.verification;
  assert.deepEqual([state, compare, agreed.length], ["agreed", "json", 2]);
  const file = `${folder}/json.json`;
  const written = await home.json(["job", "evidence", id, "--out", file]);
  assert.deepEqual(faultsOf("job-evidence", written), []);
  assert.deepEqual([written.valid, written.compare, written.state], [true, "json", "agreed"]);
  // The same command with another comparison is another job.
  const bytes = await submit([...LINES, "--verify", "2of2", "--wait"], 1);
  assert.deepEqual([bytes.existing, bytes.error.code, bytes.verification.compare], [
    false,
    "no_agreement",
    "kind",
  ]);
});
