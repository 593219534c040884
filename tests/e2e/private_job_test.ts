/** Private jobs over the real network: what the relay and the connector store of them, quotes, logs, and a cancellation. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { devLayout } from "../../network/dev/layout.ts";
import { devHome, type Document, until } from "./process.ts";

let home: Awaited<ReturnType<typeof devHome>>;
let project = "";

Deno.test.beforeAll(async () => {
  home = await devHome({ mayor: true });
  project = await Deno.makeTempDir();
  await Deno.writeTextFile(`${project}/run.sh`, "echo plugh-$((2 + 2)); sleep 3; echo plugh-end\n");
});
Deno.test.afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await Deno.remove(project, { recursive: true });
});

const privately = (...args: string[]) => ["job", "submit", ...args, "--private", "--again"];

/** All rows of a party's databases, except tables in `except`, as text; bytes unchanged. */
function rowsOf(file: string, except: readonly string[] = []): string {
  using db = new DatabaseSync(file, { readOnly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const decoder = new TextDecoder("latin1");
  return tables.map(({ name }) => String(name)).filter((name) => !except.includes(name))
    .flatMap((name) => db.prepare(`SELECT * FROM "${name}"`).all())
    .flatMap((row) => Object.values(row))
    .map((value) => value instanceof Uint8Array ? decoder.decode(value) : String(value))
    .join("\n");
}

Deno.test("job submit --private --wait: relay and connector hold neither its text, nor its result, nor its buyer", async () => {
  const { pubkey }: Document = await home.json(["wallet", "whoami"]);
  const submit = [...privately("echo", "--input", "secret-xyzzy"), "--wait"];
  let echo: Document = await home.json(submit);
  // Where no quote comes within two seconds, the announced price is paid.
  for (let tries = 1; echo.payment.quote_id === null && tries < 5; tries++) {
    echo = await home.json(submit);
  }
  assert.equal(echo.result.content, "secret-xyzzy");
  assert.match(echo.payment.quote_id, /^[0-9a-f]{64}$/);
  const ci = await home.run([
    ...privately("ci-run", "--input", project, "--param", "command=sh run.sh"),
    "--wait",
  ]);
  // Shown live, and once.
  assert.deepEqual(ci.stdout.split("\n").slice(0, 2), ["plugh-4", "plugh-end"]);
  const { folder, providerHome } = devLayout(home.path);
  const relay = rowsOf(`${folder}/relay/relay.db`);
  // The account of a channel names the payer; no packet does.
  const connector = rowsOf(`${folder}/connector/state.db`, ["receiver_channels"]);
  const provider = rowsOf(`${providerHome}/hooks/mayor-001/crosstown/state.db`);
  for (const text of ["xyzzy", "plugh", "run.sh", echo.event_id, pubkey]) {
    assert.ok(provider.includes(text), `the provider does not know ${text}`);
    assert.ok(!relay.includes(text), `the relay knows ${text}`);
    assert.ok(!connector.includes(text), `the connector knows ${text}`);
  }
  // Nor anything of their kinds.
  using db = new DatabaseSync(`${folder}/relay/relay.db`, { readOnly: true });
  const kinds = db.prepare("SELECT DISTINCT kind FROM events").all().map(({ kind }) =>
    Number(kind)
  );
  assert.ok(kinds.includes(1059));
  assert.deepEqual(kinds.filter((kind) => kind >= 5000 && kind <= 7000), []);
});

Deno.test("job cancel of a private job stops its provider, which hears of it in a wrap", async () => {
  const job: Document = await home.json(
    privately("ci-run", "--input", project, "--param", "command=sleep 290"),
  );
  const { providerHome, folder } = devLayout(home.path);
  const status = async (): Promise<string | null> => {
    const { stdout } = await home.run(["job", "list", "--output", "json", "--home", providerHome]);
    const jobs: Document[] = JSON.parse(stdout).jobs;
    return jobs.find(({ event_id }) => event_id === job.event_id)?.status ?? null;
  };
  await until("its run", async () => ["processing", "paid"].includes(await status() ?? ""));
  const plan: Document = await home.json(["job", "cancel", job.job_id, "--dry-run"]);
  const cancelled: Document = await home.json(["job", "cancel", job.job_id]);
  assert.equal(cancelled.provider_told, "told");
  const deletion = BigInt(cancelled.lost.write_units) - BigInt(plan.lost.write_units);
  assert.ok(deletion > 0n && deletion <= BigInt(plan.cancel_units), `${deletion}`);
  await until("its end", async () => await status() === "cancelled");
  assert.ok(!rowsOf(`${folder}/relay/relay.db`).includes(job.event_id));
});

Deno.test("provider trust shows the score with the jobs of which it is made, a cancelled one not among them", async () => {
  const { jobs }: Document = await home.json(["job", "list"]);
  const [{ provider }] = jobs;
  const trust: Document = await home.json(["provider", "trust", provider.slice(0, 12)]);
  const over = jobs.filter(({ status }: Document) => status === "success");
  assert.equal(trust.provider, provider);
  assert.deepEqual(
    trust.parts.map(({ job_id, went }: Document) => [job_id, went]).sort(),
    over.map(({ job_id }: Document) => [job_id, "well"]).sort(),
  );
  const weights = trust.parts.reduce((sum: number, each: Document) => sum + each.weight, 0);
  assert.equal(trust.score, Math.round((weights + 1) / (weights + 2) * 1_000) / 1_000);
  const stranger: Document = await home.json(["provider", "trust", "f".repeat(64)]);
  assert.deepEqual([stranger.score, stranger.parts], [0.5, []]);
});

Deno.test("job submit --private refuses what does not fit a wrap, before anything is sent", async () => {
  const large = "x".repeat(24_000);
  const refused: Document = await home.json(privately("echo", "--input", large), { code: 1 });
  assert.equal(refused.error.code, "too_large");
  const open: Document = await home.json([
    "job",
    "submit",
    "echo",
    "--input",
    large,
    "--again",
    "--bid",
    "1",
  ]);
  // It was bought, and may be done already.
  assert.ok(["paid", "processing", "partial", "success"].includes(open.status), open.status);
});

/** The bytes of all files of a folder, joined. */
async function filesIn(folder: string): Promise<string> {
  const decoder = new TextDecoder("latin1");
  let all = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    all += isDirectory ? await filesIn(path) : decoder.decode(await Deno.readFile(path));
  }
  return all;
}

Deno.test("job submit --private stores an input above the event limit encrypted, and gets results and artifacts in the same way", async () => {
  const input = `${project}/large.txt`;
  const lines = Array.from({ length: 9_000 }, (_, at) => `grue-${at}-${crypto.randomUUID()}`);
  await Deno.writeTextFile(input, lines.join("\n"));
  const size = (await Deno.stat(input)).size;
  const command = "wc -c < large.txt; mkdir out; tail -n 40 large.txt > out/last.txt";
  const asked = [
    ...["job", "submit", "ci-run", "--private", "--input", input],
    ...["--param", `command=${command}`, "--artifact", "out/**", "--wait"],
  ];
  const job: Document = await home.json(asked);
  assert.deepEqual([job.status, job.result.log], ["success", `${size}\n`]);
  // The encryption has a new key each time, and the same command still finds its job.
  const again: Document = await home.json(asked);
  assert.deepEqual([again.job_id, again.existing], [job.job_id, true]);
  const rerun: Document = await home.json(["job", "rerun", job.job_id, "--wait"]);
  assert.deepEqual([rerun.status, rerun.result.log], ["success", `${size}\n`]);
  assert.notEqual(rerun.job_id, job.job_id);
  const out = `${project}/artifacts`;
  await home.json(["job", "artifacts", job.job_id, "--out", out]);
  const written = await Deno.readTextFile(`${out}/out/last.txt`);
  assert.equal(written.trimEnd(), lines.slice(-40).join("\n"));

  const { folder, providerHome } = devLayout(home.path);
  const skill = `${project}/long`;
  await Deno.mkdir(skill);
  await Deno.writeTextFile(
    `${skill}/SKILL.md`,
    "---\nname: long\ndescription: Says much. Use in a test.\nlicense: MIT\nmetadata: {crosstown: skill.toml}\n---\n",
  );
  await Deno.writeTextFile(
    `${skill}/skill.toml`,
    'kinds = [5650]\n[price]\nflat_units = 200000\n[limits]\noutput_bytes = 1000000\n[run]\nrunner = "command"\n' +
      'command = ["sh", "-c", "seq -f grue-%.0f 1 20000"]\n',
  );
  await home.json(["skill", "approve", skill, "--home", providerHome]);
  const long = [...privately("long", "--kind", "5650", "--input", "x"), "--wait"];
  await until("its announcement", async () => {
    const { code } = await home.run([...long.filter((arg) => arg !== "--wait"), "--dry-run"]);
    return code === 0;
  });
  const result: Document = await home.json(long);
  assert.equal(result.status, "success");
  assert.ok(result.result.content.startsWith("grue-1\ngrue-2\n"));
  assert.ok(result.result.content.endsWith("grue-20000\n"));

  const stored = await filesIn(`${folder}/relay`);
  assert.ok(stored.length > size * 2, "the blob server has the blobs");
  assert.ok(!stored.includes("grue-"), "the blob server holds plain text");
  assert.ok(!stored.includes("large.txt"));
  const provided = await filesIn(`${providerHome}/hooks/mayor-001/blobs`);
  assert.ok(!provided.includes(lines[5]), "the provider keeps a private input as it is encrypted");
});
