/**
 * Private jobs with every payment mode, with verification, live logs, blobs and artifacts, over the real network: what the relay and the
 * connector store of them.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { devLayout, devProviders } from "../../network/dev/layout.ts";
import { type Document, startMayor, type TestHome, testHome, until } from "./process.ts";

let home: TestHome;
let project = "";
/** Where blobs are, and the databases of relay and connector. */
let folder = "";

/** A skill that takes nothing for its work. */
const GRATIS = `kinds = [5651]
[price]
flat_units = 0
[run]
runner = "command"
command = ["sh", "-c", "grep -o 'xyzzy-[a-z]*' | head -n 1"]
`;
/** A skill that is paid for every ten seconds. */
const SLOW = `kinds = [5652]
[price]
flat_units = 80000
increment_s = 10
[run]
runner = "command"
command = ["sh", "-c", "sleep 11; grep -o 'xyzzy-[a-z]*' | head -n 1"]
`;

Deno.test.beforeAll(async () => {
  home = await testHome();
  project = await Deno.makeTempDir();
  await home.json(["dev", "up", "--detach", "--providers", "3"]);
  await startMayor(home);
  ({ folder } = devLayout(home.path));
  await Deno.writeTextFile(
    `${project}/run.sh`,
    "echo plugh-$((2 + 2)); mkdir out; echo plugh-kept > out/kept.txt; echo plugh-end\n",
  );
  for (const [name, toml] of [["gratis", GRATIS], ["slow", SLOW]]) {
    const skill = `${project}/.skills/${name}`;
    await Deno.mkdir(skill, { recursive: true });
    await Deno.writeTextFile(
      `${skill}/SKILL.md`,
      `---\nname: ${name}\ndescription: For a test. Use in a test.\nlicense: MIT\nmetadata: {crosstown: skill.toml}\n---\n`,
    );
    await Deno.writeTextFile(`${skill}/skill.toml`, toml);
    for (const { home: path } of devProviders(devLayout(home.path), 3)) {
      await home.json(["skill", "approve", skill, "--home", path]);
    }
  }
  for (const args of [["gratis", "--kind", "5651"], ["slow", "--kind", "5652"]]) {
    await until("three announcements", async () => {
      const { code } = await home.run([
        ...["job", "submit", ...args, "--input", "x", "--verify", "3of3", "--dry-run"],
      ]);
      return code === 0;
    });
  }
});
Deno.test.afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await Deno.remove(project, { recursive: true });
});

/** All rows of a database, except tables in `except`, as text; bytes unchanged. */
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

/** The bytes of all files of a folder, joined. */
async function filesIn(path: string): Promise<string> {
  const decoder = new TextDecoder("latin1");
  let all = "";
  for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
    if (isDirectory) all += await filesIn(`${path}/${name}`);
    else if (isFile) all += decoder.decode(await Deno.readFile(`${path}/${name}`));
  }
  return all;
}

/** Nothing of these texts and of the job is in what relay, blob server and connector keep. */
async function keptFromAll(texts: readonly string[], job: Document): Promise<void> {
  const stored = await filesIn(`${folder}/relay`) + rowsOf(`${folder}/relay/relay.db`);
  const connector = rowsOf(`${folder}/connector/state.db`, ["receiver_channels"]);
  for (const text of [...texts, job.event_id]) {
    assert.ok(!stored.includes(text), `the relay knows ${text}`);
    assert.ok(!connector.includes(text), `the connector knows ${text}`);
  }
  using db = new DatabaseSync(`${folder}/relay/relay.db`, { readOnly: true });
  const kinds = db.prepare("SELECT DISTINCT kind FROM events").all().map(({ kind }) =>
    Number(kind)
  );
  assert.deepEqual(
    kinds.filter((kind) => kind >= 5000 && kind <= 7000 || kind > 25_000 && kind < 26_000),
    [],
  );
}

const submit = (args: readonly string[], code = 0): Promise<Document> =>
  home.json(["job", "submit", ...args, "--again", "--wait"], { code });
const CI = () => ["ci-run", "--input", project, "--param", "command=sh run.sh"];

const ECHO = ["echo", "--input", "xyzzy-input"];
const SLOWLY = ["slow", "--kind", "5652", "--input", "xyzzy-input"];
const FREE = ["gratis", "--kind", "5651", "--input", "xyzzy-input"];

const MODES: readonly { readonly mode: string; readonly args: readonly string[] }[] = [
  { mode: "upfront", args: ECHO },
  { mode: "on-delivery", args: ECHO },
  { mode: "metered", args: SLOWLY },
  { mode: "free", args: FREE },
];

for (const { mode, args } of MODES) {
  Deno.test(`job submit --private --payment ${mode}: only its provider can read its params, its input and its result`, async () => {
    const job = await submit([
      ...args,
      "--private",
      "--payment",
      mode,
      "--param",
      "mime=text/xyzzy",
    ]);
    assert.deepEqual([job.status, job.payment.mode], ["success", mode]);
    assert.match(job.result.content, /^xyzzy-input/);
    if (mode === "on-delivery") assert.equal(job.payment.delivery.state, "opened");
    if (mode === "metered") assert.ok(job.payment.increments >= 2, String(job.payment.increments));
    await keptFromAll(["xyzzy"], job);
  });

  for (const option of [["--verify", "2of3"], ["--challenge", "1"]]) {
    Deno.test(`job submit ${option.join(" ")} --payment ${mode}: nobody but the providers can read the job`, async () => {
      const job = await submit([...args, ...option, "--payment", mode]);
      assert.deepEqual([job.status, job.payment.mode], ["success", mode]);
      assert.match(job.result.content, /^xyzzy-input/);
      assert.ok(job.verification.agreed.length >= 2);
      await keptFromAll(["xyzzy"], job);
      const evidence = `${project}/${job.job_id}.json`;
      const found: Document = await home.json(["job", "evidence", job.job_id, "--out", evidence]);
      assert.deepEqual([found.valid, found.state], [true, "agreed"]);
    });
  }
}

for (const mode of ["upfront", "on-delivery", "metered"]) {
  Deno.test(`job submit ci-run --private --payment ${mode} --artifact: log and artifacts reach the buyer, and nobody else`, async () => {
    const job = await submit([...CI(), "--private", "--payment", mode, "--artifact", "out/**"]);
    assert.deepEqual([job.status, job.result.log], ["success", "plugh-4\nplugh-end\n"]);
    const out = `${project}/${job.job_id}`;
    await home.json(["job", "artifacts", job.job_id, "--out", out]);
    assert.equal(await Deno.readTextFile(`${out}/out/kept.txt`), "plugh-kept\n");
    // An archive is compressed, so its text says nothing: the key says that it is encrypted.
    assert.match(job.result.artifacts.key, /./);
    await keptFromAll(["plugh", "run.sh", "kept.txt"], job);
  });

  Deno.test(`job submit ci-run --private --payment ${mode} --context: the folder is stored encrypted`, async () => {
    const context = await Deno.makeTempDir();
    const lines = Array.from({ length: 3_000 }, () => `grue-${crypto.randomUUID()}`);
    await Deno.writeTextFile(`${context}/large.txt`, lines.join("\n"));
    const command = ["--param", "command=tail -n 1 large.txt"];
    const job = await submit([
      ...["ci-run", "--context", context, ...command, "--private", "--payment", mode],
    ]);
    await Deno.remove(context, { recursive: true });
    assert.deepEqual([job.status, job.result.log], ["success", lines.at(-1)]);
    await keptFromAll(["grue-", "large.txt"], job);
  });
}

Deno.test("the same job without --private is open to the relay", async () => {
  const job = await submit([...ECHO, "--param", "mime=text/frotz"]);
  const relay = rowsOf(`${folder}/relay/relay.db`);
  for (const text of ["frotz", job.event_id]) assert.ok(relay.includes(text));
});

Deno.test("job submit --payment on-delivery --artifact: the artifacts are encrypted, so nobody has them before the key is paid", async () => {
  const args = [...CI(), "--artifact", "out/**", "--payment"];
  const sold = await submit([...args, "on-delivery"]);
  assert.match(sold.result.artifacts.key, /./);
  const out = `${project}/${sold.job_id}`;
  await home.json(["job", "artifacts", sold.job_id, "--out", out]);
  assert.equal(await Deno.readTextFile(`${out}/out/kept.txt`), "plugh-kept\n");
  const open = await submit([...args, "upfront"]);
  assert.equal(open.result.artifacts.key, undefined);
});
