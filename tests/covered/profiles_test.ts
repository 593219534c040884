import { strict as assert } from "node:assert";
import { coveredLines } from "./covered_lines.ts";
import { folderLines } from "./folders.ts";
import { reducedProfile, reduceProfiles } from "./profiles.ts";

const range = (startOffset: number, endOffset: number, count: number) => ({
  startOffset,
  endOffset,
  count,
});

Deno.test("reducedProfile() keeps where a count turns from or to zero, and nothing else", () => {
  const reduced = reducedProfile({
    url: "file:///a.ts",
    functions: [{
      functionName: "f",
      isBlockCoverage: true,
      ranges: [
        range(0, 100, 7),
        range(10, 40, 3), // come by, as the one around it
        range(20, 30, 0),
        range(22, 25, 0), // in one that nothing came by
        range(26, 28, 5),
        range(50, 60, 0), // after 10-40, so inside 0-100 alone
      ],
    }],
  });
  assert.deepEqual(reduced.functions[0].ranges, [
    range(0, 100, 1),
    range(20, 30, 0),
    range(26, 28, 1),
    range(50, 60, 0),
  ]);
});

Deno.test("reduceProfiles() keeps one of equal profiles, and none that is cut off, old or not wanted", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = `${folder}/script.ts`;
    const url = `file://${script}`;
    const profiles = `${folder}/profiles`;
    await Deno.mkdir(profiles);
    await Deno.writeTextFile(script, "");
    const write = (name: string, url: string, count: number) =>
      Deno.writeTextFile(
        `${profiles}/${name}`,
        JSON.stringify({
          scriptId: name,
          url,
          functions: [{ functionName: "", isBlockCoverage: true, ranges: [range(0, 9, count)] }],
        }),
      );
    const wanted = (found: string) => found === url;
    const left = async () => {
      await reduceProfiles(profiles, wanted);
      return [...Deno.readDirSync(profiles)].map(({ name }) => name).sort();
    };
    await write("1.json", url, 1);
    await write("2.json", url, 200);
    await write("3.json", "ext:core/mod.js", 1);
    await Deno.writeTextFile(`${profiles}/4.json`, `{"url":"${url}","func`);
    await Deno.writeTextFile(`${profiles}/5.json`, "");
    const first = await left();
    assert.equal(first.length, 1);

    await write("1.json", url, 3);
    await write("2.json", url, 0);
    const second = await left();
    assert.equal(second.length, 2);
    assert.ok(second.includes(first[0]));
    assert.deepEqual(await left(), second);

    await Deno.utime(script, new Date(), new Date(Date.now() + 60_000));
    assert.deepEqual(await left(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("coveredLines() adds up processes, and reads the folders alone that it is asked for", async () => {
  const root = await Deno.realPath(`${import.meta.dirname}/../..`);
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const profiles = `${folder}/profiles`;
  try {
    const run = async (code: string) => {
      const path = `${folder}/run_test.ts`;
      await Deno.writeTextFile(
        path,
        `import * as thrown from "${root}/base/thrown.ts";
        import "${root}/protocols/job_status.ts";
        Deno.test("runs", () => { ${code} });`,
      );
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "test",
          "--no-check",
          "--quiet",
          "--cached-only",
          "--allow-read",
          `--coverage=${profiles}`,
          "--coverage-raw-data-only",
          path,
        ],
        cwd: root,
        stdout: "null",
        stderr: "piped",
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
    };
    const text = (await Deno.readTextFile(`${root}/base/thrown.ts`)).split("\n");
    const lineIn = (name: string) => text.findIndex((line) => line.includes(` ${name}(`)) + 2;

    await run("thrown.messageOf(1)");
    const first = await coveredLines(root, profiles, ["base/thrown.ts"]);
    assert.deepEqual([...first.keys()], ["base/thrown.ts"]);
    assert.equal(first.get("base/thrown.ts")?.get(lineIn("messageOf")), 1);
    assert.equal(first.get("base/thrown.ts")?.get(lineIn("errorOf")), 0);

    await run("thrown.errorOf(1)");
    const both = await coveredLines(root, profiles);
    assert.equal(both.get("base/thrown.ts")?.get(lineIn("messageOf")), 1);
    assert.equal(both.get("base/thrown.ts")?.get(lineIn("errorOf")), 1);
    assert.ok([...both.keys()].some((path) => path.startsWith("protocols/")));
    assert.ok(![...both.keys()].some((path) => path.startsWith("tests/")));
    assert.equal((await coveredLines(root, profiles, ["base/thr"])).size, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("folderLines() sums a folder with those in it; a file without a profile counts whole", () => {
  const code = "export const a = 1;\n";
  const found = new Map([
    ["a/one.ts", new Map([[1, 5], [2, 0]])],
    ["a/b/two.ts", new Map([[1, 1], [2, 1], [3, 0], [4, 1]])],
  ]);
  const files = [
    { path: "a/one.ts", text: code },
    { path: "a/b/two.ts", text: code },
    { path: "a/b/no_test_loads_it.ts", text: "function f() {\n}\n" },
    { path: "a/b/types.ts", text: "export interface A {\n  readonly b: number;\n}\n" },
    { path: "cli.ts", text: "const a = 1;" },
  ];
  assert.deepEqual(
    folderLines(files, found).map(({ name, lines, covered }) => `${name} ${covered}/${lines}`),
    ["a 4/9", "a/b 3/7", "all 4/10"],
  );
  assert.equal(folderLines([], found).length, 0);
});
