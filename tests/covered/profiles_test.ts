import { strict as assert } from "node:assert";
import { coveredLines } from "./covered_lines.ts";
import { folderLines } from "./folders.ts";
import { ProfileFolder } from "./profile_folder.ts";
import { missedByBoth, missedOf, profileOf } from "./profiles.ts";

const range = (startOffset: number, endOffset: number, count: number) => ({
  startOffset,
  endOffset,
  count,
});

const counted = (...ranges: ReturnType<typeof range>[]) => ({
  functionName: "f",
  isBlockCoverage: true,
  ranges,
});

const profile = (...functions: ReturnType<typeof counted>[]) => ({
  scriptId: "1",
  url: "file:///a.ts",
  functions,
});

Deno.test("missedOf() finds the places without a count, where the innermost range decides", () => {
  const { end, spans } = missedOf(profile(
    counted(range(0, 100, 1)),
    counted(
      range(5, 90, 7),
      range(10, 40, 3), // executed, as the one around it
      range(20, 30, 0),
      range(22, 25, 0), // in one that was not executed
      range(26, 28, 5),
      range(50, 60, 0), // after 10-40, so inside 5-90 alone
      range(60, 90, 0), // after a return
    ),
    counted(range(70, 80, 2)), // a function after the return
    counted(range(81, 82, 0)),
  ));
  assert.equal(end, 100);
  assert.deepEqual(spans, [[20, 26], [28, 30], [50, 70], [80, 90]]);
  assert.deepEqual(missedOf(profile(counted(range(0, 9, 0)))).spans, [[0, 9]]);
  assert.deepEqual(missedOf(profile()), { url: "file:///a.ts", end: 0, spans: [] });
});

Deno.test("missedByBoth() keeps the places that two processes missed, and profileOf() writes them", () => {
  const missed = (...spans: [number, number][]) => ({ url: "file:///a.ts", end: 50, spans });
  const both = missedByBoth(
    missed([0, 10], [20, 30], [40, 50]),
    missed([5, 22], [25, 27], [45, 46]),
  );
  assert.deepEqual(both, missed([5, 10], [20, 22], [25, 27], [45, 46]));
  assert.deepEqual(missedByBoth(both, missed()), missed());
  assert.deepEqual(missedOf(profileOf(both)), both);
});

Deno.test("ProfileFolder keeps one file for each script, and none that is cut off, old or not wanted", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const scripts = [`${folder}/one.ts`, `${folder}/two.ts`];
    const [one, two] = scripts.map((path) => `file://${path}`);
    const profiles = `${folder}/profiles`;
    await Deno.mkdir(profiles);
    for (const path of scripts) await Deno.writeTextFile(path, "");
    const write = (name: string, url: string, ...missed: [number, number][]) =>
      Deno.writeTextFile(
        `${profiles}/${name}`,
        JSON.stringify(profileOf({ url, end: 9, spans: missed }), null, 2),
      );
    const wanted = (url: string) => url === one || url === two;
    const names = () => [...Deno.readDirSync(profiles)].map(({ name }) => name).sort();
    const kept = () =>
      new Map(
        names().map((name) => {
          const { url, spans } = missedOf(
            JSON.parse(Deno.readTextFileSync(`${profiles}/${name}`)),
          );
          return [url, spans];
        }),
      );
    await write("1.json", one, [1, 5]);
    await write("2.json", one, [3, 7]);
    await write("3.json", two, [0, 9]);
    await write("4.json", "ext:core/mod.js");
    const first = new ProfileFolder(profiles, wanted);
    await first.merge(Infinity);
    assert.deepEqual(kept(), new Map([[one, [[3, 5]]], [two, [[0, 9]]]]));

    await Deno.writeTextFile(`${profiles}/5.json`, `{"url":"${one}","func`);
    await Deno.writeTextFile(`${profiles}/6.json`, "");
    const whole = names().filter((name) => name.length > 10);
    await first.merge(Date.now());
    assert.deepEqual(names(), ["5.json", "6.json", ...whole].sort(), "they may be written yet");

    // What a run leaves that was killed while it merged.
    const [unfinished] = whole.map((name) => name.replace(/json$/, "new"));
    await write(unfinished, one);
    await write("7.json", one, [4, 9]);
    const second = new ProfileFolder(profiles, wanted);
    await second.merge(Date.now() + 120_000);
    assert.deepEqual(names(), whole, "their process was killed");
    assert.deepEqual(kept(), new Map([[one, [[4, 5]]], [two, [[0, 9]]]]));

    await Deno.utime(scripts[0], new Date(), new Date(Date.now() + 60_000));
    await write("8.json", one);
    await new ProfileFolder(profiles, wanted).merge(Infinity);
    assert.deepEqual([...kept().keys()], [two]);
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

Deno.test("coveredLines() counts the commands that a test starts with an environment of their own", async () => {
  const root = await Deno.realPath(`${import.meta.dirname}/../..`);
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const profiles = `${folder}/profiles`;
  try {
    await Deno.writeTextFile(
      `${folder}/run_test.ts`,
      `import { run } from "${root}/tests/e2e/process.ts";
      Deno.test("runs", async () => {
        if ((await run(["completion", "bash"], { home: "${folder}" })).code !== 0) throw new Error();
      });`,
    );
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["test", "--no-check", "--quiet", "--cached-only", "--config", `${root}/deno.json`],
        ...["--allow-read", "--allow-env", "--allow-run", "--coverage-raw-data-only"],
        ...[`--coverage=${profiles}`, `${folder}/run_test.ts`],
      ],
    }).output();
    assert.ok(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
    const lines = await coveredLines(root, profiles, ["cli.ts", "commands/completion"]);
    assert.ok([...lines.get("cli.ts") ?? []].some(([, hits]) => hits > 0));
    assert.ok([...lines.keys()].some((path) => path.startsWith("commands/completion/")));
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
