import assert from "node:assert/strict";
import { isAlive, until } from "../e2e/process.ts";
import { batchesFor, type TestFile } from "./covering.ts";
import { EQUIVALENT, equivalentOf } from "./equivalent.ts";
import { runDeno } from "./session.ts";
import { broken, sitesOf } from "./sites.ts";
import { hashOf, MutantState } from "./state.ts";

const ROOT = await Deno.realPath(`${import.meta.dirname}/../..`);

function test(path: string, seconds: number, ...lines: string[]): TestFile {
  return { path, seconds, lines: new Set(lines) };
}

Deno.test("batchesFor() takes the tests of the line: the file's own, then the quick ones, within the budget", () => {
  const tests = [
    test("tests/market/quick_test.ts", 1, "money/fee.ts:3"),
    test("tests/market/slow_test.ts", 50, "money/fee.ts:3"),
    test("tests/market/slower_test.ts", 80, "money/fee.ts:3"),
    test("tests/market/other_test.ts", 0.1, "money/fee.ts:8"),
    test("tests/market/before_test.ts", 2, "money/fee.ts:2"),
    test("tests/money/fee_test.ts", 4, "money/fee.ts:3"),
    test("tests/store/middle_test.ts", 8, "money/fee.ts:3"),
  ];
  const shown = (line: number) =>
    batchesFor(tests, "money/fee.ts", line, 100)
      .map((batch) => batch.map(({ path }) => path.replace(/.*\//, "")));
  assert.deepEqual(shown(3), [["fee_test.ts"], ["quick_test.ts", "before_test.ts"], [
    "middle_test.ts",
  ], [
    "slow_test.ts",
  ]]);
  assert.deepEqual(shown(5), []);
});

Deno.test("runDeno() ends a run at its limit, with all that it started", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const spin = `
      const child = new Deno.Command(Deno.execPath(), { args: ["eval", "for (;;);"] }).spawn();
      Deno.writeTextFileSync(${JSON.stringify(`${folder}/pid`)}, String(child.pid));
      for (;;);`;
    assert.equal((await runDeno(["eval", spin], folder, 1)).end, "late");
    const pid = await Deno.readTextFile(`${folder}/pid`);
    // A signal takes effect a moment later.
    await until("its end", async () => !await isAlive(Number(pid)));
    assert.equal((await runDeno(["eval", "1"], folder, 1)).end, "passed");
    assert.equal((await runDeno(["eval", "throw 1"], folder, 1)).end, "failed");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("MutantState goes on where a run was cut short, and begins anew for another product", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/state`;
    const found = test("a_test.ts", 2, "money/fee.ts:3", "money/fee.ts:4");
    const first = await MutantState.open(path, "product 1");
    await first.keepTest("a_test.ts", "text 1", found);
    await first.keepTest("b_test.ts", "text 1", null);
    await first.keepOutcome("site 1", "tests 1", "caught");
    await first.keepOutcome("site 2", "tests 1", "survived");
    await Deno.writeTextFile(path, `{"test":"c_te`, { append: true });

    const second = await MutantState.open(path, "product 1");
    assert.deepEqual(second.test("a_test.ts", "text 1"), found);
    assert.equal(second.test("b_test.ts", "text 1"), null);
    assert.equal(second.test("a_test.ts", "text 2"), undefined);
    assert.equal(second.outcome("site 2", "tests 1"), "survived");
    assert.equal(second.outcome("site 2", "tests 2"), undefined, "new tests may catch it");
    assert.equal(second.outcome("site 1", "tests 2"), "caught");
    await second.keepOutcome("site 3", "tests 1", "late");
    assert.equal((await MutantState.open(path, "product 1")).outcome("site 3", "tests 2"), "late");

    assert.equal(
      (await MutantState.open(path, "product 2")).outcome("site 1", "tests 1"),
      undefined,
    );
    assert.equal(
      (await MutantState.open(path, "product 1")).outcome("site 1", "tests 1"),
      undefined,
    );
    await Deno.writeTextFile(`${folder}/x`, "1");
    const before = await hashOf(folder, ["x"]);
    await Deno.writeTextFile(`${folder}/x`, "2");
    assert.notEqual(await hashOf(folder, ["x"]), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("equivalentOf() knows a mutant by its line, wherever it stands", () => {
  const text = "\n  return a < b || c < d;\n";
  const entry = { file: "x.ts", line: "return a < b || c < d;", from: "<", to: "<=", why: "" };
  const at = (from: number) => ({ file: "x.ts", line: 2, from, until: from + 1, text: "<=" });
  assert.equal(equivalentOf(at(text.indexOf("<")), text, [entry]), entry);
  assert.equal(equivalentOf(at(text.lastIndexOf("<")), text, [entry]), undefined);
  const second = { ...entry, nth: 1 };
  assert.equal(equivalentOf(at(text.lastIndexOf("<")), text, [second]), second);
  assert.equal(equivalentOf({ ...at(text.indexOf("<")), text: ">" }, text, [entry]), undefined);
});

Deno.test("each equivalent mutant is a place of the program", async () => {
  const sites = await sitesOf(ROOT, ["money", "store", "protocols"]);
  const found = new Set(sites.map((site) => {
    const text = Deno.readTextFileSync(`${ROOT}/${site.file}`);
    const entry = equivalentOf(site, text);
    if (entry !== undefined) assert.notEqual(broken(text, site), text);
    return entry;
  }));
  for (const entry of EQUIVALENT) assert.ok(found.has(entry), `${entry.file}: ${entry.line}`);
});
