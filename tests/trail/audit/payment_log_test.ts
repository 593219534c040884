/** `payment_log.jsonl`: its lines, its sealed days, and what a crash leaves of it. */
import assert from "node:assert/strict";
import { logText } from "./log_text.ts";
import { openPaymentLog } from "../../../trail/audit/payment_log.ts";
import { committedFiles } from "../../../trail/audit/read_repository.ts";
import {
  auditHome,
  channelChanges,
  follows,
  LONG_MS,
  NOON_MS,
  pay,
  subjects,
} from "./audit_home.ts";

const DAY_MS = 86_400_000;

/** What an end of the file may look like after a crash, and whether it is torn. */
const ENDS: readonly {
  readonly name: string;
  readonly of: (log: Uint8Array) => Uint8Array<ArrayBuffer>;
}[] = [
  { name: "half a line", of: (log) => log.slice(0, -200) },
  { name: "a line without its line feed", of: (log) => log.slice(0, -1) },
  { name: "a few bytes of a line", of: (log) => joined(log, '{"se') },
  { name: "NUL bytes", of: (log) => joined(log, "\0".repeat(5_000)) },
  { name: "NUL bytes and a line feed", of: (log) => joined(log, `${"\0".repeat(300)}\n`) },
  { name: "nothing at all", of: () => new Uint8Array() },
  { name: "more rubbish than a line has", of: (log) => joined(log, "x".repeat(200_000)) },
  { name: "its whole last line", of: (log) => log.slice() },
];

for (const { name, of } of ENDS) {
  Deno.test(`payment log: an end of ${name} is made whole from the journal`, async () => {
    await using home = await auditHome();
    await home.store.commit(channelChanges());
    await pay(home.store, 4);
    await home.start().drain(LONG_MS);
    await home.end();
    const path = `${home.folder}/payment_log.jsonl`;
    await Deno.writeFile(path, of(await Deno.readFile(path)));
    await pay(home.store, 2, 5);
    const { logTrouble } = await home.start().drain(LONG_MS);
    assert.equal(logTrouble, null);
    await follows(home);
  });
}

Deno.test("payment log: deleted or cut while the audit runs, it is written again", async () => {
  await using home = await auditHome();
  const audit = home.start();
  await home.store.commit(channelChanges());
  const path = `${home.folder}/payment_log.jsonl`;
  await audit.drain(LONG_MS);
  for (const harm of [() => Deno.remove(path), () => Deno.truncate(path, 100)]) {
    await harm();
    await pay(home.store, 1, Number((await home.store.journalTip())!.seq) - 1);
    await audit.drain(LONG_MS);
    await follows(home);
  }
});

Deno.test("payment log: a line that somebody changed stays as it is, and the log continues after it", async () => {
  await using home = await auditHome();
  await home.store.commit(channelChanges());
  await pay(home.store, 2);
  await home.start().drain(LONG_MS);
  await home.end();
  const path = `${home.folder}/payment_log.jsonl`;
  const changed = (await Deno.readTextFile(path)).replaceAll('"8750"', '"9750"');
  await Deno.writeTextFile(path, changed);
  await pay(home.store, 1, 3);
  await home.start().drain(LONG_MS);
  const now = await Deno.readTextFile(path);
  assert.ok(now.startsWith(changed));
  assert.equal(now.trimEnd().split("\n").length, 5);
});

Deno.test("payment log: an invalid last line is reported, and nothing is cut", async () => {
  await using home = await auditHome();
  const path = `${home.folder}/payment_log.jsonl`;
  await Deno.writeTextFile(path, "{}\n");
  await home.store.commit(channelChanges());
  const { logTrouble, committed } = await home.start().drain(LONG_MS);
  assert.deepEqual([logTrouble?.code, committed], ["broken", 2]);
  assert.match(logTrouble!.message, /last line of payment_log\.jsonl/);
  assert.equal(await Deno.readTextFile(path), "{}\n");
});

Deno.test("payment log: a day that is over is sealed and committed once, and kept for 30 days", async () => {
  await using home = await auditHome();
  await home.store.commit(channelChanges());
  const days = [0, 1, 2, 31, 32, 33];
  let audit = home.start();
  for (const [index, day] of days.entries()) {
    home.nowMs = NOON_MS + day * DAY_MS;
    await pay(home.store, 2, 1 + 2 * index);
    await audit.drain(LONG_MS);
    // Half of them by one run, half by the next.
    if (index === 2) {
      await home.end();
      audit = home.start();
    }
  }
  const said = (await subjects(home)).filter((subject) => subject.includes("payment log"));
  assert.deepEqual(
    said,
    [
      "crosstown: payment log 2026-02-17 sealed",
      "crosstown: payment log 2026-02-18 sealed",
      "crosstown: payment log 2026-02-19 sealed",
      "crosstown: payment log 2026-02-17 removed",
      "crosstown: payment log 2026-03-20 sealed",
      "crosstown: payment log 2026-02-18 removed",
      "crosstown: payment log 2026-03-21 sealed",
      "crosstown: payment log 2026-02-19 removed",
    ].filter((line) => said.includes(line)),
  );
  const names = async () =>
    (await committedFiles(home.place, "main", "payment_log")).map(({ path }) => path);
  const kept = ["2026-03-20", "2026-03-21"].map((day) => `payment_log/${day}.jsonl.gz`);
  assert.deepEqual(await names(), kept);
  const onDisk = await Array.fromAsync(Deno.readDir(`${home.folder}/payment_log`));
  assert.deepEqual(onDisk.map(({ name }) => `payment_log/${name}`).sort(), kept);
  assert.equal((await Deno.stat(`${home.folder}/${kept[0]}`)).mode! & 0o777, 0o600);
  assert.equal(await home.git("status", "--porcelain"), "");
  const lines = await logText(home.folder);
  const last = await home.store.journalAfter(8, 100, 0);
  assert.deepEqual(
    lines.map(({ text }) => JSON.parse(text).seq),
    last.map(({ seq }) => seq),
  );
});

Deno.test("payment log: a day is sealed by its entries, not by the clock, so that one set back changes nothing", async () => {
  await using home = await auditHome();
  await home.store.commit(channelChanges());
  const audit = home.start();
  for (const [index, day] of [0, 3, -5, 0, 3].entries()) {
    home.nowMs = NOON_MS + day * DAY_MS;
    await pay(home.store, 1, 1 + index);
    await audit.drain(LONG_MS);
  }
  await follows(home);
  assert.deepEqual(
    (await subjects(home)).filter((subject) => subject.includes("sealed")),
    ["crosstown: payment log 2026-02-17 sealed"],
  );
});

Deno.test("payment log: a crash between the sealed file and the emptied log loses and doubles nothing", async () => {
  await using home = await auditHome();
  await home.store.commit(channelChanges());
  const log = `${home.folder}/payment_log.jsonl`;
  await home.start().drain(LONG_MS);
  await home.end();
  const before = await Deno.readFile(log);
  home.nowMs += DAY_MS;
  await pay(home.store, 1);
  await home.start().drain(LONG_MS);
  await home.end();
  await Deno.writeFile(log, before);
  await pay(home.store, 1, 2);
  await home.start().drain(LONG_MS);
  await follows(home);
});

Deno.test("payment log: a failed write leaves no part of a line behind", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ct-audit-" });
  try {
    await using home = await auditHome();
    await home.store.commit(channelChanges());
    const entries = await home.store.journalAfter(0, 10, 0);
    const log = await openPaymentLog(folder);
    await log.append(entries.slice(0, 1));
    log.close();
    // A closed file is the disk that refuses.
    await assert.rejects(() => log.append(entries.slice(1)));
    const again = await openPaymentLog(folder);
    assert.equal(again.place?.seq, 1);
    await again.append(entries.slice(1));
    again.close();
    const lines = await logText(folder);
    assert.deepEqual(lines.map(({ line, text }) => [line, JSON.parse(text).seq]), [[1, 1], [2, 2]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function joined(log: Uint8Array, more: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(more);
  const all = new Uint8Array(log.length + bytes.length);
  all.set(log);
  all.set(bytes, log.length);
  return all;
}
