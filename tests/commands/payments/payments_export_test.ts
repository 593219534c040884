/** `payments export`: CSV and JSON lines. */
import assert from "node:assert/strict";
import { journalLine, parseJournalLine } from "../../../store/journal_row.ts";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { csvLine } from "../../../shell/output.ts";
import { inHome } from "./payment_lines.ts";
import { paymentsHome } from "./payments_home.ts";

Deno.test("payments export --format csv has the log's columns and is what RFC 4180 says", async () => {
  await using home = await paymentsHome(2);
  const { out } = await inHome(home.root, "payments export --format csv");
  const lines = out.split("\r\n");
  assert.equal(
    lines[0],
    "seq,time,type,job_id,channel_id,event_id,kind,bytes,amount_units,balance_units,outcome,prev,hash,network",
  );
  assert.equal(lines.length, 5);
  assert.match(
    lines[1],
    /^3,2026-02-17T23:00:00\.000Z,payment,job-5abc123,ch_cccccccc,e10*,5601,10,100,49999900,fulfilled,[0-9a-f]{64},[0-9a-f]{64},$/,
  );
  assert.equal((await inHome(home.root, "mayor export-payments --format csv")).out, out);
});

Deno.test("csvLine() quotes what needs it and defuses what a spreadsheet would compute", () => {
  assert.equal(
    csvLine(['a"b', "c,d", "e\nf", "=1+1", "@x", "-5", -5, 7n, null, "+cmd"]),
    `"a""b","c,d","e\nf",'=1+1,'@x,-5,-5,7,,'+cmd\r\n`,
  );
});

Deno.test("payments export --format jsonl gives the log's lines, byte for byte", async () => {
  await using home = await paymentsHome(3);
  const { out } = await inHome(home.root, "payments export --format jsonl --type all");
  const lines = out.trimEnd().split("\n");
  const store = await openSqliteStore({ folder: home.folder, clock: () => 0, readOnly: true });
  const entries = await store.journalAfter(0, 100, 0);
  await store.close();
  assert.deepEqual(lines, entries.map(journalLine));
  lines.forEach((line, i) => assert.equal(parseJournalLine(line).seq, i + 1));
});

Deno.test("payments export --to writes a whole file that only its owner may read, and replaces none without --yes", async () => {
  await using home = await paymentsHome(3);
  const file = `${home.root}/payments.json`;
  const line = `payments export --format json --to ${file}`;
  assert.equal((await inHome(home.root, line)).code, 0);
  const written = await Deno.readTextFile(file);
  assert.equal(JSON.parse(written).payments.length, 4);
  assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  const again = await inHome(home.root, line);
  assert.equal(again.code, 1);
  assert.match(again.err, /is there already/);
  assert.equal((await inHome(home.root, `${line} --since 1d --type earning --yes`)).code, 0);
  assert.equal(JSON.parse(await Deno.readTextFile(file)).payments.length, 1);
  assert.deepEqual([...Deno.readDirSync(home.root)].map(({ name }) => name).sort(), [
    "hooks",
    "payments.json",
  ]);
});

Deno.test("mayor export-payments gives what payments export gives", async () => {
  await using home = await paymentsHome(3);
  for (const options of ["--format jsonl", "--format csv", "--format csv --since 1h"]) {
    const [mayors, payments] = await Promise.all(
      ["mayor export-payments", "payments export"].map((command) =>
        inHome(home.root, `${command} ${options}`)
      ),
    );
    assert.equal(payments.code, 0, payments.err);
    assert.ok(payments.out.length > 0);
    assert.deepEqual(mayors, payments);
  }
});
