import assert from "node:assert/strict";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { faultsOf } from "../json_schemas.ts";
import { MemoryIo, run } from "../memory_io.ts";
import { paymentsHome, START_MS } from "../payments/payments_home.ts";

async function inHome(root: string, line: string) {
  const io = new MemoryIo();
  io.now = START_MS;
  return await run([...line.split(" "), "--home", root], { io });
}

/** A home in which documents of these sources were set aside. */
async function homeWith(...sources: string[]) {
  const home = await paymentsHome(1);
  const store = await openSqliteStore({
    folder: home.folder,
    clock: () => START_MS,
    journal: true,
  });
  await store.commit(sources.map((source) => ({
    op: "quarantine" as const,
    bytes: new TextEncoder().encode('{"kind":5600,"content":"\u001b]0;owned\u0007\u202etxt"}'),
    reason: "poison",
    atMs: START_MS,
    source,
    known: { encoding: "json" },
  })));
  await store.close();
  return home;
}

Deno.test("state quarantine list names each document with its stage, the newest first", async () => {
  await using home = await homeWith("relay-source", "");
  const { out } = await inHome(home.root, "state quarantine list --output json");
  const { documents } = JSON.parse(out);
  assert.deepEqual(
    documents.map(({ id, source, retry }: Record<string, unknown>) => [id, source, retry]),
    [
      [2, "", false],
      [1, "relay-source", false],
    ],
  );
  assert.match((await inHome(home.root, "state quarantine list")).out, /^ID .*\n2 .* - .*poison/);
});

Deno.test("state quarantine show escapes control characters", async () => {
  await using home = await homeWith("relay-source");
  const { code, out } = await inHome(home.root, "state quarantine show 1");
  assert.equal(code, 0);
  assert.match(out, /"kind":5600/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  const missing = await inHome(home.root, "state quarantine show 9");
  assert.equal(missing.code, 1);
  assert.match(missing.err, /no document 9 is set aside/);
});

Deno.test("state quarantine retry marks a document of the relay, and says why it does not mark another", async () => {
  await using home = await homeWith("relay-source", "job-source", "accepted-source", "");
  assert.equal((await inHome(home.root, "state quarantine retry 1")).code, 0);
  for (const id of [2, 3, 4]) {
    const refused = await inHome(home.root, `state quarantine retry ${id}`);
    assert.equal(refused.code, 1);
    assert.match(refused.err, new RegExp(`cannot retry document ${id}`));
  }
  const store = await openSqliteStore({ folder: home.folder, clock: () => START_MS });
  const marked = await store.markedDocuments("relay-source");
  await store.close();
  assert.deepEqual(marked.map(({ quarantineId, known }) => [quarantineId, known]), [
    [1, { encoding: "json" }],
  ]);
});

Deno.test("documents of state quarantine fit their schemas", async () => {
  await using home = await homeWith("relay-source");
  for (
    const [name, line] of [
      ["quarantine-list", "list"],
      ["quarantine", "show 1"],
      ["quarantine-retry", "retry 1"],
    ] as const
  ) {
    const { out } = await inHome(home.root, `state quarantine ${line} --output json`);
    assert.deepEqual(faultsOf(name, JSON.parse(out)), [], line);
  }
});
