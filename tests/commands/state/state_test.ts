import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { MemoryIo, run } from "../memory_io.ts";
import { paymentsHome, START_MS } from "../payments/payments_home.ts";

const DAY_MS = 86_400_000;

async function inHome(root: string, line: string, now = START_MS + DAY_MS) {
  const io = new MemoryIo();
  io.now = now;
  const { code, out, err } = await run([...line.split(" "), "--home", root], { io });
  return { code, out, err };
}

async function json(root: string, line: string, now?: number) {
  const { code, out } = await inHome(root, `${line} --output json`, now);
  return { code, ...JSON.parse(out) };
}

Deno.test("state check says what it checked, and exits 0 when all is well", async () => {
  await using home = await paymentsHome(3);
  const found = await json(home.root, "state check");
  assert.deepEqual(
    [found.code, found.ok, found.problems, found.suggestion],
    [0, true, [], null],
  );
  assert.deepEqual([found.channels, found.packets, found.jobs], [2, 5, 1]);
  assert.ok(found.journal.entries > 0);
  const text = await inHome(home.root, "state check");
  assert.match(text.out, /state\.db: ok\n {2}journal {6}\d+ entries \(1 to \d+\)/);
});

Deno.test("state check names what is wrong and what to do, and exits 1", async () => {
  await using home = await paymentsHome(3);
  const file = new DatabaseSync(`${home.folder}/state.db`);
  file.exec(
    "DROP TRIGGER journal_never_changes; UPDATE journal SET amount_units = '99' WHERE seq = 3",
  );
  file.close();
  const found = await json(home.root, "state check");
  assert.deepEqual([found.code, found.ok, found.problems[0].where], [1, false, "entry 3"]);
  assert.match(found.suggestion, /crosstown state recover/);
  const text = await inHome(home.root, "state check");
  assert.match(text.out, /journal: entry 3: its hash is [0-9a-f]{64}, but its line hashes to/);
  const csv = await inHome(home.root, "state check --output csv");
  assert.match(csv.out, /^check,where,what\r\njournal,entry 3,/);
});

Deno.test("state check and compact have nothing to do in a home where nothing was stored", async () => {
  const root = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    for (const line of ["state check", "state compact", "state compact --dry-run"]) {
      const { code, out } = await inHome(root, line);
      assert.deepEqual([code, out], [0, "Nothing is stored in this home yet\n"], line);
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("state compact counts with --dry-run, then removes what is over for keep_days, and the rest is in order", async () => {
  await using home = await paymentsHome(3);
  const later = START_MS + 40 * DAY_MS;
  const counted = await json(home.root, "state compact --dry-run", later);
  // Three payments and one earning have their outcome; the job and one packet are open still.
  assert.deepEqual(
    [counted.code, counted.dry_run, counted.removed.outgoing, counted.removed.incoming],
    [0, true, 3, 1],
  );
  const removed = await json(home.root, "state compact", later);
  assert.deepEqual([removed.code, removed.removed], [0, counted.removed]);
  assert.equal((await json(home.root, "state check")).ok, true);

  await Deno.writeTextFile(`${home.root}/crosstown.toml`, "[state]\nkeep_days = 7\n");
  const wrong = await json(home.root, "state compact --dry-run", later);
  assert.deepEqual([wrong.code, typeof wrong.error.message], [2, "string"]);
});

Deno.test("a damaged store is refused with what to do by every command that needs it", async () => {
  await using home = await paymentsHome(1);
  await Deno.writeTextFile(`${home.folder}/state.db`, "no database ".repeat(500));
  for (const line of ["job list", "payments history", "state compact", "state compact --dry-run"]) {
    const { code, error } = await json(home.root, line);
    assert.deepEqual([code, error.code], [1, "corrupt"], line);
    assert.match(error.suggestion, /crosstown state recover/);
  }
  const { code, problems } = await json(home.root, "state check");
  assert.deepEqual([code, problems[0].check], [1, "pages"]);
});

Deno.test("state compact names the process that holds the home", async () => {
  await using home = await paymentsHome(1);
  const store = await openSqliteStore({ folder: home.folder, clock: () => START_MS });
  try {
    assert.equal((await json(home.root, "state compact --dry-run")).code, 0);
    const { code, error } = await json(home.root, "state compact");
    assert.deepEqual([code, error.code], [1, "locked"]);
    assert.match(error.message, new RegExp(`process ${Deno.pid}`));
  } finally {
    await store.close();
  }
});
