/** Private jobs over the real network: what the relay and the connector store of them, quotes, logs, and a cancellation. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { devLayout } from "../../network/dev/layout.ts";
import { devHome, type Document, until } from "./process.ts";

let home: Awaited<ReturnType<typeof devHome>>;
let project = "";

Deno.test.beforeAll(async () => {
  home = await devHome();
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
  const echo: Document = await home.json([
    ...privately("echo", "--input", "secret-xyzzy"),
    "--wait",
  ]);
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
    privately("ci-run", "--input", project, "--param", "command=sleep 60"),
  );
  const { providerHome, folder } = devLayout(home.path);
  const status = async (): Promise<string | null> => {
    const { stdout } = await home.run(["job", "list", "--output", "json", "--home", providerHome]);
    const jobs: Document[] = JSON.parse(stdout).jobs;
    return jobs.find(({ event_id }) => event_id === job.event_id)?.status ?? null;
  };
  await until("its run", async () => ["processing", "paid"].includes(await status() ?? ""));
  const cancelled: Document = await home.json(["job", "cancel", job.job_id]);
  assert.equal(cancelled.provider_told, "told");
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
  assert.equal(open.status, "paid");
});
