import assert from "node:assert/strict";
import { auditedPaymentsHome } from "../payments/payments_home.ts";
import { MemoryIo, run } from "../memory_io.ts";

async function recover(root: string, line = "") {
  const io = new MemoryIo();
  io.variables.PATH = Deno.env.get("PATH")!;
  const args = ["state", "recover", "--output", "json", "--home", root, ...line.split(" ")];
  const { code, out, err } = await run(args.filter(Boolean), { io });
  return { code, err, document: JSON.parse(out) };
}

/** Without the files that SQLite creates next to a file that it reads. */
async function namesIn(folder: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  return names.filter((name) => !name.startsWith("state.db-")).sort();
}

Deno.test("state recover does not change an undamaged home", async () => {
  await using home = await auditedPaymentsHome(2);
  const before = await namesIn(home.folder);
  const { code, document } = await recover(home.root);
  assert.equal(code, 0);
  const { source, store, git, recovered } = document;
  assert.deepEqual([source, store, git, recovered], [null, "whole", "whole", false]);
  assert.deepEqual(await namesIn(home.folder), before);
});

for (
  const { name, options, lose, error } of [
    { name: "a whole store, unasked", options: "--from chain", lose: null, error: "not_lost" },
    {
      name: "a repository that is gone",
      options: "--from git --yes",
      lose: ".git",
      error: "source_damaged",
    },
    {
      name: "a store that is gone",
      options: "--from journal",
      lose: "state.db",
      error: "source_damaged",
    },
  ]
) {
  Deno.test(`state recover refuses ${options} for ${name}`, async () => {
    await using home = await auditedPaymentsHome(2);
    if (lose !== null) await Deno.remove(`${home.folder}/${lose}`, { recursive: true });
    const before = await namesIn(home.folder);
    const { code, document } = await recover(home.root, options);
    assert.equal(code, 1);
    assert.equal(document.error.code, error);
    assert.deepEqual(await namesIn(home.folder), before);
  });
}

Deno.test("state recover --dry-run says what would come back, and changes nothing", async () => {
  await using home = await auditedPaymentsHome(2);
  await Deno.remove(`${home.folder}/state.db`);
  const before = await namesIn(home.folder);
  const { code, document } = await recover(home.root, "--dry-run");
  assert.equal(code, 0);
  assert.deepEqual(
    [document.source, document.dry_run, document.recovered, document.rebuilt],
    ["git", true, false, { channels: 1, jobs: 1, entries: 5 }],
  );
  assert.deepEqual(await namesIn(home.folder), before);
});

Deno.test("state recover rebuilds a lost store also where neither wallet nor chain can be asked", async () => {
  await using home = await auditedPaymentsHome(2);
  await Deno.remove(`${home.folder}/state.db`);
  const { code, err, document } = await recover(home.root);
  assert.equal(code, 0, err);
  assert.deepEqual(document.rebuilt, { channels: 1, jobs: 1, entries: 5 });
  assert.equal(document.channels, null);
  assert.match(err, /chain and counterparty were not asked/);
  const again = await recover(home.root);
  assert.deepEqual([again.code, again.document.source], [0, null]);
});
