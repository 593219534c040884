import assert from "node:assert/strict";
import { isAlive } from "../e2e/alive.ts";
import { until } from "../e2e/process.ts";
import { batchesOf } from "./covering.ts";
import { EQUIVALENT, equivalentOf } from "./equivalent.ts";
import type { TestFile } from "./probes.ts";
import { runDeno } from "./session.ts";
import { broken, sitesOf } from "./sites.ts";
import { hashOf, MutantState } from "./state.ts";

const ROOT = await Deno.realPath(`${import.meta.dirname}/../..`);

function test(path: string, seconds: number, ...sites: string[]): TestFile {
  return { path, seconds, sites: new Set(sites) };
}

Deno.test("batchesOf() takes the file's own test, then its room's and the quick ones, within the budget", () => {
  const tests = [
    test("tests/market/quick_test.ts", 1),
    test("tests/market/slow_test.ts", 50),
    test("tests/market/slower_test.ts", 80),
    test("tests/market/before_test.ts", 2),
    test("tests/money/fee_test.ts", 4),
    test("tests/money/payer_test.ts", 9),
    test("tests/store/middle_test.ts", 8),
  ];
  const shown = batchesOf(tests, "money/fee.ts", 100)
    .map((batch) => batch.map(({ path }) => path.replace(/.*\//, "")));
  assert.deepEqual(shown, [
    ["fee_test.ts"],
    ["payer_test.ts", "quick_test.ts"],
    ["before_test.ts", "middle_test.ts"],
    ["slow_test.ts"],
  ]);
  assert.deepEqual(batchesOf([], "money/fee.ts", 100), []);
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
    const waits = "setInterval(() => {}, 100_000)";
    assert.equal((await runDeno(["eval", waits], folder, 60, { looks: 4, busy: 1 })).end, "late");
    const works = "const end = Date.now() + 6_000; while (Date.now() < end);";
    const { end } = await runDeno(["eval", works], folder, 60, { looks: 4, busy: 1 });
    assert.equal(end, "passed", "it is busy");
    assert.equal((await runDeno(["eval", "1"], folder, 60)).end, "passed");
    assert.equal((await runDeno(["eval", "throw 1"], folder, 1)).end, "failed");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("MutantState continues where a run was cut short, and starts again for another product", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/state`;
    const found = test("a_test.ts", 2, "money/fee.ts:3", "money/fee.ts:4");
    const first = await MutantState.open(path, "product 1");
    await first.keepTest("a_test.ts", "text 1", found);
    await first.keepTest("b_test.ts", "text 1", null);
    await first.keepOutcome("site 1", { outcome: "caught", passed: [] });
    await first.keepOutcome("site 2", { outcome: "survived", passed: ["a_test.ts 1"] });
    await Deno.writeTextFile(`${folder}/state`, `{"test":"c_te`, { append: true });

    const second = await MutantState.open(path, "product 1");
    assert.deepEqual(second.test("a_test.ts", "text 1"), found);
    assert.equal(second.test("b_test.ts", "text 1"), null);
    assert.equal(second.test("a_test.ts", "text 2"), undefined);
    assert.equal(second.outcome("site 1")?.outcome, "caught");
    assert.deepEqual(second.outcome("site 2")?.passed, ["a_test.ts 1"]);
    await second.keepOutcome("site 3", { outcome: "late", passed: [] });
    assert.equal((await MutantState.open(path, "product 1")).outcome("site 3")?.outcome, "late");

    assert.equal(
      (await MutantState.open(path, "product 2")).outcome("site 1"),
      undefined,
    );
    assert.equal(
      (await MutantState.open(path, "product 1")).outcome("site 1"),
      undefined,
    );
    await Deno.writeTextFile(`${folder}/x`, "1");
    const before = await hashOf(folder, ["x"]);
    assert.notEqual(await hashOf(folder, ["x"], "more"), before);
    await Deno.writeTextFile(`${folder}/x`, "2");
    assert.notEqual(await hashOf(folder, ["x"]), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("equivalentOf() knows a mutant by its line, wherever it stands", () => {
  const text = "\n  return a < b || c < d;\n";
  const entry = { file: "x.ts", line: "return a < b || c < d;", from: "<", to: "<=", why: "" };
  const at = (from: number) => ({ file: "x.ts", from, until: from + 1, text: "<=" });
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
