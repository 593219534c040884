import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { PUBKEY } from "../../trail/recovery/audited_home.ts";
import { MemoryIo, run } from "../memory_io.ts";
import { auditedPaymentsHome, paymentsHome, START_MS } from "./payments_home.ts";

async function inHome(root: string, line: string) {
  const io = new MemoryIo();
  io.variables.PATH = Deno.env.get("PATH")!;
  return await run([...line.split(" "), "--home", root], { io });
}

Deno.test("payments verify tells what it compared, and exits 0", async () => {
  await using home = await auditedPaymentsHome(3);
  const { code, out } = await inHome(home.root, "payments verify --output json");
  const document = JSON.parse(out);
  assert.equal(code, 0, out);
  assert.equal(document.ok, true);
  assert.equal(document.difference, null);
  assert.deepEqual([document.entries, document.lines, document.commits, document.behind], [
    6,
    6,
    6,
    0,
  ]);
  assert.deepEqual([document.sealed_seq, document.signers], [6, [PUBKEY]]);
  const { out: text } = await inHome(home.root, `payments verify --signer ${PUBKEY}`);
  assert.match(text, /^TESTNET base-sepolia/);
  assert.match(text, /No difference/);
  assert.equal((await inHome(home.root, `payments verify --signer ${"e".repeat(64)}`)).code, 1);
  assert.equal((await inHome(home.root, "payments verify --signer me")).code, 2);
});

Deno.test("payments verify exits 1 on one changed digit, and names file, line and entry", async () => {
  await using home = await auditedPaymentsHome(3);
  const log = `${home.folder}/payment_log.jsonl`;
  const text = await Deno.readTextFile(log);
  await Deno.writeTextFile(
    log,
    text.replace('"balance_units":"49999800"', '"balance_units":"49999801"'),
  );
  const { code, out } = await inHome(home.root, "payments verify");
  assert.equal(code, 1);
  assert.match(out, /DIFFERENCE in payment_log\.jsonl:1, entry 5\n/);
  assert.match(out, /balance_units: should be 49999800\n +found: 49999801/);
  const json = await inHome(home.root, "payments verify --output json");
  assert.equal(json.code, 1);
  const { file, line, seq, expected, found } = JSON.parse(json.out).difference;
  assert.deepEqual([file, line, seq, expected, found], [
    "payment_log.jsonl",
    1,
    5,
    "49999800",
    "49999801",
  ]);
});

Deno.test("payments verify works beside a process that writes, and without a store", async () => {
  await using home = await auditedPaymentsHome(3);
  const writer = await openSqliteStore({
    folder: home.folder,
    clock: () => START_MS,
    journal: true,
  });
  await writer.commit([{ op: "journal", entry: { type: "shutdown", outcome: "clean", data: {} } }]);
  try {
    const beside = JSON.parse((await inHome(home.root, "payments verify --output json")).out);
    assert.deepEqual([beside.ok, beside.behind], [true, 1]);
  } finally {
    await writer.close();
  }
  for await (const { name } of Deno.readDir(home.folder)) {
    if (name.startsWith("state.db")) await Deno.remove(`${home.folder}/${name}`);
  }
  const { code, out } = await inHome(home.root, "payments verify --output json");
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).sources.journal, "missing");
});

Deno.test("payments verify of a home without a trail finds nothing wrong", async () => {
  await using home = await paymentsHome(2);
  const { code, out } = await inHome(home.root, "payments verify --output json");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).sources, { journal: "read", log: "missing", git: "missing" });
});
