/** From which of store, log and repository a home is recovered, whatever of them is left. */
import assert from "node:assert/strict";
import { examineHome } from "../../../trail/recovery/examine_home.ts";
import { recoverHome } from "../../../trail/recovery/recover_home.ts";
import { verifyHome } from "../../../trail/recovery/verify_home.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { checkState } from "../../../store/state_check.ts";
import { pay } from "../audit/audit_home.ts";
import { chainChannel } from "../../store/store_rows.ts";
import { drained } from "./audited_home.ts";
import { afterHarm, busyHome, entriesOf, line, removeStore } from "./busy_home.ts";

Deno.test("recoverHome() also applies lines of the log that never came into git", async () => {
  await using home = await busyHome();
  await home.git("config", "core.bare", "false");
  await pay(home.store, 1, 6);
  const [{ data: _, ...entry }] = (await entriesOf(home.store)).slice(-1);
  const { journalLine } = await import("../../../store/journal_row.ts");
  await Deno.writeTextFile(`${home.folder}/payment_log.jsonl`, `${journalLine(entry)}\n`, {
    append: true,
  });
  await afterHarm(home, "git", removeStore);
  await home.reopen();
  const entries = await entriesOf(home.store);
  assert.deepEqual(line(entries.at(-2)!), entry);
  assert.equal(entries.at(-2)!.data.spent_units, "52500");
  await drained(home);
  const { difference } = await verifyHome({
    place: home.place,
    store: home.store,
    clock: Date.now,
  });
  assert.equal(difference, null);
});

Deno.test("recoverHome() continues from git's end where the log is broken, and sets the log aside", async () => {
  await using home = await busyHome();
  const count = (await entriesOf(home.store)).length;
  const { rebuilt, setAside, lost } = await afterHarm(home, "git", async (folder) => {
    await removeStore(folder);
    const path = `${folder}/payment_log.jsonl`;
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
    await Deno.writeTextFile(path, `${lines.slice(0, -2).join("\n")}\n`);
  });
  assert.equal(rebuilt?.entries, 0);
  assert.match(lost[0], new RegExp(`the log ends at entry ${count - 2}, git at entry ${count}`));
  assert.ok(await Deno.stat(`${setAside}/payment_log.jsonl`));
  await home.reopen();
  const [first] = await entriesOf(home.store);
  assert.equal(first.seq, count + 1);
  await drained(home);
  const { difference, commits } = await verifyHome({
    place: home.place,
    store: home.store,
    clock: Date.now,
  });
  assert.deepEqual([difference, commits], [null, count + 1]);
  assert.deepEqual((await checkState({ folder: home.folder })).problems, []);
});

Deno.test("recoverHome() sets a damaged repository aside, and the audit makes it again from the journal", async () => {
  await using home = await busyHome();
  const count = (await entriesOf(home.store)).length;
  const { rebuilt, setAside } = await afterHarm(home, "journal", async (folder) => {
    const packs = `${folder}/.git/objects/pack`;
    for await (const { name } of Deno.readDir(packs)) {
      if (name.endsWith(".pack")) await Deno.remove(`${packs}/${name}`);
    }
  });
  assert.equal(rebuilt, null);
  assert.ok((await Deno.stat(setAside!)).isDirectory);
  await home.reopen();
  await drained(home);
  const { difference, commits } = await verifyHome({
    place: home.place,
    store: home.store,
    clock: Date.now,
  });
  assert.deepEqual([difference, commits], [null, count]);
});

Deno.test("recoverHome() uses the log and the files if both store and repository are gone", async () => {
  await using home = await busyHome();
  const count = (await entriesOf(home.store)).length;
  const { rebuilt } = await afterHarm(home, "chain", async (folder) => {
    await removeStore(folder);
    await Deno.remove(`${folder}/.git`, { recursive: true });
  });
  assert.deepEqual([rebuilt?.channels, rebuilt?.jobs, rebuilt?.entries], [1, 2, count]);
  await home.reopen();
  assert.equal((await home.store.listChainChannels())[0].status, "recovering");
  await drained(home);
  const { difference } = await verifyHome({
    place: home.place,
    store: home.store,
    clock: Date.now,
  });
  assert.equal(difference, null);
});

Deno.test("recoverHome() starts with an empty store if nothing is left", async () => {
  await using home = await busyHome();
  const { rebuilt } = await afterHarm(home, "chain", async (folder) => {
    await Deno.remove(folder, { recursive: true });
  });
  assert.deepEqual([rebuilt?.channels, rebuilt?.jobs, rebuilt?.entries], [0, 0, 0]);
  await home.reopen();
  assert.equal(await home.store.journalTip(), null);
});

for (
  const { name, text } of [
    { name: "no TOML", text: "channel_id = " },
    { name: "a nonce that is text", text: 'nonce = "5"' },
    { name: "a negative amount", text: 'deposit_units = "-5"' },
    { name: "a table", text: "[onchain_id]" },
    { name: "a status of no channel", text: 'status = "rich"' },
  ]
) {
  Deno.test(`recoverHome() names a channel's file that holds ${name}, and puts the rest back`, async () => {
    await using home = await busyHome();
    const { rebuilt, lost } = await afterHarm(home, "chain", async (folder) => {
      await removeStore(folder);
      await Deno.remove(`${folder}/.git`, { recursive: true });
      const path = `${folder}/channels/ch_cccccccc.toml`;
      const key = text.split(" ")[0];
      const before = await Deno.readTextFile(path);
      const after = before.split("\n").filter((each) => !each.startsWith(`${key} =`)).join("\n");
      await Deno.writeTextFile(path, `${text}\n${after}`);
    });
    assert.deepEqual([rebuilt?.channels, rebuilt?.jobs], [0, 2]);
    assert.ok(
      lost.some((words) => /^(channels\/ch_cccccccc\.toml|channel 0xc+): /.test(words)),
      lost.join("\n"),
    );
    await home.reopen();
  });
}

Deno.test("recoverHome() refuses while a process uses the home", async () => {
  await using home = await busyHome();
  const { place } = home;
  await assert.rejects(
    recoverHome({ place, source: "git", clock: Date.now }),
    { name: "StoreError", code: "locked" },
  );
});

Deno.test("examineHome() finds nothing lost in a whole home, and in one that never paid", async () => {
  await using home = await busyHome();
  assert.deepEqual(await examineHome(home.place), { store: "whole", git: "whole", source: null });
  const folder = await Deno.makeTempDir({ prefix: "ct-" });
  const store = await openSqliteStore({ folder, clock: Date.now, journal: true });
  await store.commit([{ op: "putChannel", row: chainChannel() }]);
  await store.close();
  assert.equal((await examineHome({ ...home.place, folder })).source, null);
  await Deno.remove(folder, { recursive: true });
});
