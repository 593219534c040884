/** Faults that stop the audit: payments continue, the fault is reported, and the audit catches up by itself, with nothing twice. */
import assert from "node:assert/strict";
import {
  auditHome,
  channelChanges,
  follows,
  jobChange,
  LONG_MS,
  pay,
  subjects,
} from "./audit_home.ts";

Deno.test("audit: without git the log continues, the trouble is reported, and it ends when git is back", async () => {
  await using home = await auditHome();
  const tools = await Deno.makeTempDir({ prefix: "ct-audit-" });
  try {
    const audit = home.start({ path: tools });
    await home.store.commit(channelChanges());
    await pay(home.store, 3);
    const without = await audit.drain(LONG_MS);
    assert.deepEqual([without.logged, without.committed], [5, 0]);
    assert.equal(without.gitTrouble?.code, "git_missing");
    assert.equal(JSON.parse(await home.store.cursor("audit-trouble") ?? "").code, "git_missing");
    const warnings = home.lines.filter(({ level }) => level === "warn");
    assert.deepEqual(warnings.map(({ msg }) => msg), ["the repository cannot be written"]);
    await Deno.symlink(await pathOfGit(), `${tools}/git`);
    const status = await audit.drain(LONG_MS);
    assert.deepEqual([status.committed, status.gitTrouble], [5, null]);
    assert.equal(await home.store.cursor("audit-trouble"), "");
    assert.equal(await home.store.cursor("audit"), "5");
    await follows(home);
  } finally {
    await home.end();
    await Deno.remove(tools, { recursive: true });
  }
});

const DAMAGE: readonly {
  readonly name: string;
  readonly to: (folder: string) => Promise<void>;
  readonly kept: boolean;
}[] = [
  {
    name: "deleted",
    to: (folder) => Deno.remove(`${folder}/.git`, { recursive: true }),
    kept: false,
  },
  {
    name: "without its objects",
    to: (folder) => Deno.remove(`${folder}/.git/objects`, { recursive: true }),
    kept: true,
  },
  {
    name: "without its packs",
    to: async (folder) => {
      for await (const { name } of Deno.readDir(`${folder}/.git/objects/pack`)) {
        await Deno.remove(`${folder}/.git/objects/pack/${name}`);
      }
    },
    kept: true,
  },
  {
    name: "with a branch that names nothing",
    to: (folder) => Deno.writeTextFile(`${folder}/.git/refs/heads/main`, `${"0".repeat(39)}1\n`),
    kept: true,
  },
  {
    name: "with an emptied branch",
    to: (folder) => Deno.writeTextFile(`${folder}/.git/refs/heads/main`, ""),
    kept: true,
  },
  {
    name: "with a HEAD of rubbish",
    to: (folder) => Deno.writeTextFile(`${folder}/.git/HEAD`, "rubbish\n"),
    kept: true,
  },
];

for (const { name, to, kept } of DAMAGE) {
  for (const running of [true, false]) {
    const when = running ? "while it runs" : "between two runs";
    Deno.test(`audit: a repository ${name} ${when} is made again from the journal`, async () => {
      await using home = await auditHome();
      await home.store.commit(channelChanges());
      await home.store.commit([jobChange()]);
      await pay(home.store, 5);
      let audit = home.start();
      await audit.drain(LONG_MS);
      if (!running) await home.end();
      await to(home.folder);
      if (!running) audit = home.start();
      await pay(home.store, 5, 6);
      let status = await audit.drain(LONG_MS);
      // The first attempt may be the one that finds the damage.
      if (status.gitTrouble !== null) status = await audit.drain(LONG_MS);
      assert.deepEqual([status.committed, status.gitTrouble], [13, null]);
      await follows(home);
      assert.equal(await home.git("status", "--porcelain"), "");
      assert.equal(await home.git("fsck", "--strict", "--no-dangling"), "");
      const aside = await Array.fromAsync(Deno.readDir(`${home.folder}/.git-broken`)).catch(
        () => [],
      );
      assert.equal(aside.length, kept ? 1 : 0);
    });
  }
}

Deno.test("audit: a user's commit is kept and built upon, while the audit runs", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  await audit.drain(LONG_MS);
  await Deno.writeTextFile(`${home.folder}/channels/notes.txt`, "mine\n");
  await home.git("add", "channels/notes.txt");
  await home.git("commit", "-q", "-m", "a note of mine\n\nJournal-Seq: 99");
  await pay(home.store, 2);
  await audit.drain(LONG_MS);
  assert.deepEqual((await subjects(home)).slice(3), [
    "a note of mine",
    "crosstown: payment channel ch_cccccccc balance updated",
    "crosstown: payment channel ch_cccccccc balance updated",
  ]);
  assert.equal(await home.git("show", "HEAD:channels/notes.txt"), "mine\n");
  assert.equal(await home.git("status", "--porcelain"), "");
  await follows(home);
});

Deno.test("audit: a file that a user edited is reported and left alone, and written again once it is put back", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  await home.store.commit([jobChange()]);
  await audit.drain(LONG_MS);
  const path = `${home.folder}/channels/ch_cccccccc.toml`;
  const before = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, `${before}# mine\n`);
  await pay(home.store, 1);
  const status = await audit.drain(LONG_MS);
  assert.deepEqual(status.edited, ["channels/ch_cccccccc.toml"]);
  assert.equal(await Deno.readTextFile(path), `${before}# mine\n`);
  assert.equal(await home.git("status", "--porcelain"), " M channels/ch_cccccccc.toml\n");
  assert.match(await home.git("show", "HEAD:channels/ch_cccccccc.toml"), /spent_units = "8750"/);
  assert.ok(home.lines.some(({ msg }) => /were edited/.test(msg)));
  await home.git("checkout", "--", "channels");
  await pay(home.store, 1, 2);
  assert.deepEqual((await audit.drain(LONG_MS)).edited, []);
  assert.match(await Deno.readTextFile(path), /spent_units = "17500"/);
  assert.equal(await home.git("status", "--porcelain"), "");
});

Deno.test("audit: nothing is written through a link that stands in a folder's place", async () => {
  await using home = await auditHome();
  const elsewhere = await Deno.makeTempDir({ prefix: "ct-audit-" });
  try {
    const audit = home.start();
    await home.store.commit(channelChanges());
    await audit.drain(LONG_MS);
    await Deno.remove(`${home.folder}/channels`, { recursive: true });
    await Deno.symlink(elsewhere, `${home.folder}/channels`);
    await pay(home.store, 1);
    const { committed, edited } = await audit.drain(LONG_MS);
    assert.deepEqual([committed, edited], [3, ["channels/ch_cccccccc.toml"]]);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(elsewhere)), []);
  } finally {
    await home.end();
    await Deno.remove(elsewhere, { recursive: true });
  }
});

Deno.test("audit: with another branch checked out commits continue and its files are left alone", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  await audit.drain(LONG_MS);
  await home.git("checkout", "-q", "-b", "mine");
  await pay(home.store, 2);
  await audit.drain(LONG_MS);
  await follows(home);
  assert.equal(await home.git("status", "--porcelain"), "");
  await home.git("checkout", "-q", "main");
  await pay(home.store, 1, 3);
  await audit.drain(LONG_MS);
  assert.equal(await home.git("status", "--porcelain"), "");
  assert.match(
    await Deno.readTextFile(`${home.folder}/channels/ch_cccccccc.toml`),
    /spent_units = "26250"/,
  );
});

Deno.test("audit: what a killed git left is removed, and locks that nobody holds", async () => {
  await using home = await auditHome();
  await home.store.commit(channelChanges());
  await home.start().drain(LONG_MS);
  await home.end();
  const git = `${home.folder}/.git`;
  const pack = (await Array.fromAsync(Deno.readDir(`${git}/objects/pack`)))
    .find(({ name }) => name.endsWith(".pack"))!.name.replace(/\.pack$/, "");
  const left = [
    "fast_import_crash_123",
    "objects/pack/tmp_pack_abc",
    "objects/pack/tmp_idx_abc",
    `objects/pack/${pack}.keep`,
    "refs/heads/main.lock",
    "index.lock",
  ].map((name) => `${git}/${name}`);
  for (const file of left) {
    await Deno.writeTextFile(file, "fast-import");
    await Deno.utime(file, new Date(0), new Date(0));
  }
  await pay(home.store, 1);
  const { gitTrouble } = await home.start().drain(LONG_MS);
  assert.equal(gitTrouble, null);
  for (const file of left) await assert.rejects(() => Deno.stat(file), Deno.errors.NotFound, file);
  assert.equal(await home.git("status", "--porcelain"), "");
  await follows(home);
});

Deno.test("audit: an index that nobody holds any more is unlocked while it runs; commits do not wait for it", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  await audit.drain(LONG_MS);
  const lock = `${home.folder}/.git/index.lock`;
  await Deno.writeTextFile(lock, "");
  await pay(home.store, 1);
  let held = await audit.drain(100);
  for (let tries = 0; held.committed < 3 && tries < 600; tries++) held = await audit.drain(100);
  assert.deepEqual([held.committed, held.gitTrouble], [3, null]);
  assert.ok((await Deno.stat(lock)).isFile, "one that is young is somebody's");
  await Deno.utime(lock, new Date(0), new Date(0));
  await audit.drain(LONG_MS);
  assert.equal(await home.git("status", "--porcelain"), "");
  await assert.rejects(() => Deno.stat(lock), Deno.errors.NotFound);
});

Deno.test("audit: a branch that another git locks is reported as its own trouble, and the audit waits for it", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  await audit.drain(LONG_MS);
  const lock = `${home.folder}/.git/refs/heads/main.lock`;
  await Deno.writeTextFile(lock, "");
  // Younger than any lock that counts as left behind.
  await Deno.utime(lock, new Date(Date.now() + 3_600_000), new Date(Date.now() + 3_600_000));
  await pay(home.store, 1);
  const held = await audit.drain(LONG_MS);
  assert.deepEqual([held.logged, held.committed], [3, 2]);
  assert.notEqual(held.gitTrouble, null);
  await Deno.remove(lock);
  await audit.drain(LONG_MS);
  await follows(home);
  await assert.rejects(() => Deno.stat(`${home.folder}/.git-broken`), Deno.errors.NotFound);
});

Deno.test("audit: the repository of another journal is not written to", async () => {
  await using home = await auditHome();
  await home.store.commit(channelChanges());
  await pay(home.store, 3);
  await home.start().drain(LONG_MS);
  await home.end();
  await home.store.close();
  for (const name of ["state.db", "state.db-wal", "state.db-shm"]) {
    await Deno.remove(`${home.folder}/${name}`).catch(() => undefined);
  }
  const tip = await home.git("rev-parse", "main");
  const log = await Deno.readTextFile(`${home.folder}/payment_log.jsonl`);
  home.nowMs += 1_000;
  // The store of another home is put here, because a new store is never made next to an existing trail.
  const trail = [".git", "payment_log.jsonl"].map((file) => `${home.folder}/${file}`);
  for (const path of trail) await Deno.rename(path, `${path}.away`);
  await home.reopen();
  for (const path of trail) await Deno.rename(`${path}.away`, path);
  await home.store.commit(channelChanges());
  await pay(home.store, 10);
  const { gitTrouble, logTrouble } = await home.start().drain(LONG_MS);
  assert.deepEqual([gitTrouble?.code, logTrouble?.code], ["forked", "forked"]);
  assert.equal(await home.git("rev-parse", "main"), tip);
  assert.equal(await Deno.readTextFile(`${home.folder}/payment_log.jsonl`), log);
});

Deno.test("audit: packs are kept few, and the history is whole after they are joined", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  for (let nonce = 1; nonce <= 60; nonce++) {
    await pay(home.store, 1, nonce);
    await audit.drain(LONG_MS);
  }
  const names = await Array.fromAsync(Deno.readDir(`${home.folder}/.git/objects/pack`));
  const packs = names.filter(({ name }) => name.endsWith(".pack")).length;
  assert.ok(packs <= 52, `${packs} packs`);
  await follows(home);
  assert.equal(await home.git("fsck", "--strict", "--no-dangling"), "");
});

async function pathOfGit(): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", "command -v git"] }).output();
  return new TextDecoder().decode(stdout).trim();
}
