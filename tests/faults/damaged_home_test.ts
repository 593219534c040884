/** A database with changed bytes: commands refuse it as corrupt and say what to do, or their output is still correct. */
import assert from "node:assert/strict";
import { checkState } from "../../store/state_check.ts";
import { openSqliteStore } from "../../store/sqlite_store.ts";
import { MemoryIo, run } from "../commands/memory_io.ts";
import { paymentsHome, START_MS } from "../commands/payments/payments_home.ts";

const PAGE_BYTES = 4_096;
const TURNED_BYTES = 64;
const HISTORY = ["payments", "history"];
const JOBS = ["job", "list"];

/** Runs a command in that home, and returns its exit code and its one document. */
async function ask(root: string, args: readonly string[]) {
  const io = new MemoryIo();
  io.now = START_MS + 86_400_000;
  const { code, out } = await run([...args, "--output", "json", "--home", root], { io });
  return { code, document: JSON.parse(out) };
}

function assertCorrupt({ code, document }: Awaited<ReturnType<typeof ask>>, what: string): void {
  assert.equal(code, 1, what);
  assert.equal(document.error?.code, "corrupt", `${what}: ${document.error?.message}`);
  assert.match(document.error.message, /'crosstown state check'.*'crosstown state recover'/, what);
}

const damages: readonly {
  readonly name: string;
  readonly to: (bytes: Uint8Array) => Uint8Array;
}[] = [
  { name: "an empty file", to: () => new Uint8Array() },
  { name: "a file of zeros", to: (bytes) => bytes.fill(0) },
  { name: "a file that is something else", to: () => new TextEncoder().encode("x".repeat(9_000)) },
  {
    name: "a file whose pages are gone but the first",
    to: (bytes) => bytes.fill(0xaa, PAGE_BYTES),
  },
  { name: "a file that was cut in half", to: (bytes) => bytes.subarray(0, bytes.length >> 1) },
];

for (const { name, to } of damages) {
  Deno.test(`commands refuse ${name} as corrupt, for reading and for writing`, async () => {
    await using home = await paymentsHome(3);
    const file = `${home.folder}/state.db`;
    await Deno.writeFile(file, to(await Deno.readFile(file)));
    for (const args of [HISTORY, JOBS]) assertCorrupt(await ask(home.root, args), args.join(" "));
    await assert.rejects(
      openSqliteStore({ folder: home.folder, clock: () => START_MS, lockWaitMs: 0 }),
      { code: "corrupt" },
    );
    const { ok, problems } = await checkState({ folder: home.folder });
    assert.equal(ok, false);
    assert.ok(problems.length > 0);
  });
}

Deno.test("bytes turned in any page are refused as corrupt, are found by the check, or change no payment", async () => {
  await using home = await paymentsHome(3);
  const file = `${home.folder}/state.db`;
  const whole = await Deno.readFile(file);
  const before = await ask(home.root, HISTORY);
  const outcomes = { refused: 0, found: 0, harmless: 0 };
  for (let page = 0; page * PAGE_BYTES < whole.length; page++) {
    // Rows lie at a page's end, its header at the beginning.
    for (const from of [0, PAGE_BYTES - 2 * TURNED_BYTES]) {
      const damaged = whole.slice();
      const at = page * PAGE_BYTES + from;
      for (let offset = at; offset < at + TURNED_BYTES; offset++) damaged[offset] ^= 0x55;
      await Deno.writeFile(file, damaged);
      const what = `page ${page} from ${from}`;
      const { ok } = await checkState({ folder: home.folder });
      const after = [await ask(home.root, HISTORY), await ask(home.root, JOBS)];
      const refusals = after.filter(({ code }) => code !== 0);
      for (const refusal of refusals) assertCorrupt(refusal, what);
      if (refusals.length > 0) outcomes.refused++;
      else if (!ok) outcomes.found++;
      else {
        // A job's row may differ: nothing in the file shows its earlier content.
        assert.deepEqual(after[0], before, what);
        outcomes.harmless++;
      }
    }
  }
  assert.ok(outcomes.refused > 0 && outcomes.found > 0, JSON.stringify(outcomes));
});
