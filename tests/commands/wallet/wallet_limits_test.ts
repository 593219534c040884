import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { run } from "../memory_io.ts";
import { HEX, NSEC, PASSPHRASE, place, PUBKEY } from "./wallet_place.ts";

Deno.test("wallet limits shows the ceilings, and sets one only with the passphrase given again", async () => {
  await using at = await place();
  await at.wallet("init", "--passphrase-file", "pass");
  const config = `[wallet]\npassphrase_file = "${at.root}/pass"\n`;
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, config);
  const { limits } = await at.json("limits");
  assert.equal(limits.hour, "100000000");
  assert.equal((await at.wallet("limits", "--set", "hour=200")).code, 2);
  await at.write("wrong", "wrong horse battery");
  const wrong = await at.json("limits", "--set", "hour=200", "--passphrase-file", "wrong");
  assert.equal(wrong.error.code, "wrong_passphrase");
  const set = await at.json("limits", "--set", "hour=200", "--passphrase-file", "pass");
  assert.equal(set.limits.hour, "200000000");
  const store = await openSqliteStore({
    folder: `${at.root}/gt/hooks/mayor-001/crosstown`,
    clock: Date.now,
    readOnly: true,
  });
  const journaled = await store.listJournal({ types: ["limits"] });
  await store.close();
  assert.deepEqual(journaled.map(({ outcome, data }) => ({ outcome, data })), [
    { outcome: "set", data: { hour_units: "200000000", network: "base-sepolia" } },
  ]);
  const lowered = `${config}[limits]\nhour_m2m = "150"\n`;
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, lowered);
  const later = await at.json("limits");
  assert.deepEqual([later.limits.hour, later.changes.length], ["150000000", 1]);
  // Beside a process that holds the store, the ceilings are shown. Only a change needs the store.
  const holder = await openSqliteStore({
    folder: `${at.root}/gt/hooks/mayor-001/crosstown`,
    clock: Date.now,
    journal: true,
  });
  assert.deepEqual(await at.json("limits"), later);
  const change = await at.json("limits", "--set", "hour=300", "--passphrase-file", "pass");
  assert.equal(change.error.code, "locked");
  await holder.close();
  for (const name of ["week=5", "hour", "hour=5sat", "gas-day=x"]) {
    assert.equal((await at.wallet("limits", "--set", name)).code, 2, name);
  }
});

Deno.test("wallet limits says what still bounds a job whose ceiling it raised, and config knows it when the journal forgot", async () => {
  await using at = await place();
  await at.wallet("init", "--passphrase-file", "pass");
  const config = `[wallet]\npassphrase_file = "${at.root}/pass"\n[limits]\njob_m2m = "40"\n`;
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, config);
  const raise = (...set: string[]) => at.wallet("limits", "--passphrase-file", "pass", ...set);
  const alone = await raise("--set", "job=40");
  assert.equal(alone.code, 0);
  assert.match(
    alone.err,
    /one payment is at most 1\.00 M2M: --set packet=\.\.\. --set window=\.\.\. raises it/,
  );
  assert.doesNotMatch(alone.err, /Below it/);
  const more = await raise("--set", "job=40", "--set", "packet=0.5");
  assert.match(more.err, /one payment is at most 0\.50 M2M: --set packet=\.\.\. --set window=/);
  const window = await raise("--set", "window=40", "--set", "packet=40", "--set", "job=40");
  assert.doesNotMatch(window.err, /one payment is at most/);
  assert.doesNotMatch(more.err, /Below it are .*job/);
  const database = new DatabaseSync(`${at.root}/gt/hooks/mayor-001/crosstown/state.db`);
  database.exec("UPDATE journal_base SET seq = (SELECT max(seq) FROM journal)");
  database.exec("DELETE FROM journal");
  database.close();
  const { values } = JSON.parse(
    (await run(["config", "--home", `${at.root}/gt`, "--output", "json"])).out,
  );
  const job = values.find(({ key }: { key: string }) => key === "limits.job_m2m");
  assert.deepEqual([job.value, job.in_force], ["40.000000", "40.000000"]);
});

Deno.test("a blob in the environment is the wallet, opened by the passphrase of the file", async () => {
  await using at = await place();
  const made = await at.wallet("configure", "--key-file", "nsec", "--passphrase-file", "pass");
  at.variables.GASTOWN_WALLET_PRIVATE_KEY_ENCRYPTED = made.out.trim();
  const config = `[wallet]\npassphrase_file = "${at.root}/pass"\n`;
  await Deno.mkdir(`${at.root}/gt`, { mode: 0o700 });
  await Deno.writeTextFile(`${at.root}/gt/crosstown.toml`, config);
  assert.equal((await at.json("whoami")).pubkey, PUBKEY);
});

Deno.test("a key in plain text is refused, and used only where a test network's user allowed it", async () => {
  await using at = await place();
  at.variables.GASTOWN_WALLET_PRIVATE_KEY = HEX;
  const refused = await at.wallet("whoami");
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /GASTOWN_ALLOW_UNENCRYPTED_KEYS/);
  assert.ok(!`${refused.out}${refused.err}`.includes(HEX));
  at.variables.GASTOWN_ALLOW_UNENCRYPTED_KEYS = "true";
  const { out, err } = await at.wallet("whoami", "--output", "json");
  assert.equal(JSON.parse(out).pubkey, PUBKEY);
  assert.ok(!`${out}${err}`.includes(HEX));
});

Deno.test("one secret may come by standard input, and only one", async () => {
  await using at = await place();
  at.piped.text = `${NSEC}\r\nanother line`;
  const made = await at.json("import", "--key-file", "-", "--passphrase-file", "pass");
  assert.equal(made.pubkey, PUBKEY);
  at.piped.text = `${PASSPHRASE}\n`;
  assert.equal((await at.json("show", "--passphrase-fd", "0")).pubkey, PUBKEY);
  const both = await at.wallet("configure", "--key-file", "-", "--passphrase-fd", "0");
  assert.deepEqual([both.code, /holds one secret/.test(both.err)], [2, true]);
  at.piped.text = "x".repeat(5_000);
  assert.equal((await at.wallet("show", "--passphrase-fd", "0")).code, 2);
});

Deno.test("GASTOWN_WALLET_ADDRESS names the wallet that commands may use", async () => {
  await using at = await place();
  await at.wallet("import", "--key-file", "nsec", "--passphrase-file", "pass");
  const { address } = await at.json("show");
  at.variables.GASTOWN_WALLET_ADDRESS = address.toUpperCase().replace("0X", "0x");
  assert.equal((await at.json("whoami")).pubkey, PUBKEY);
  at.variables.GASTOWN_WALLET_ADDRESS = `0x${"1".repeat(40)}`;
  for (const command of ["show", "whoami", "receive"]) {
    assert.equal((await at.json(command)).error.code, "other_wallet", command);
  }
});
