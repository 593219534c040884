import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../../store/sqlite_store.ts";
import { CHANNEL } from "../../store/store_rows.ts";
import { type Unsynced, watchedProgram, watchUnsynced } from "./unsynced.ts";
import type { Step } from "./writing_child.ts";

const WRITING = fileURLToPath(import.meta.resolve("./writing_child.ts"));
const PAYING = fileURLToPath(import.meta.resolve("../../store/store_child.ts"));
const hasCompiler = await (async () => {
  try {
    return (await new Deno.Command("cc", { args: ["--version"], stdout: "null" }).output()).success;
  } catch {
    return false;
  }
})();

interface Case {
  readonly name: string;
  /** What is there, on the disk, beforehand. */
  readonly before?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly after: Readonly<Record<string, string>>;
  readonly ordered?: boolean;
  readonly keep?: number;
}

const A = { a: "one" };
const cases: readonly Case[] = [
  { name: "a new file that was not synced", steps: [["write", "a", "one"]], after: {} },
  { name: "a new file that was", steps: [["write", "a", "one"], ["sync", "a"]], after: A },
  {
    name: "a new file of which only the folder was synced, which is then empty",
    steps: [["write", "a", "one"], ["sync", "."]],
    after: { a: "" },
  },
  {
    name: "what was appended after the sync",
    steps: [["write", "a", "one"], ["sync", "a"], ["append", "a", " two"]],
    after: A,
  },
  {
    name: "what was overwritten in the middle",
    before: { a: "one two three" },
    steps: [["overwrite", "a", 4, "TWO"], ["overwrite", "a", 6, "!".repeat(20)]],
    after: { a: "one two three" },
  },
  {
    name: "a file that was written anew",
    before: { a: "one two" },
    steps: [["write", "a", "three"]],
    after: { a: "one two" },
  },
  { name: "a cut", before: A, steps: [["truncate", "a", 1]], after: A },
  { name: "a cut to more", before: A, steps: [["truncate", "a", 100]], after: A },
  {
    name: "a rename, but not of a folder that was synced",
    before: { ...A, "d/b": "two" },
    steps: [["rename", "a", "c"], ["rename", "d/b", "d/e"], ["sync", "d"]],
    after: { ...A, "d/e": "two" },
  },
  {
    name: "a rename over another file",
    before: { a: "old" },
    steps: [["write", "b", "new"], ["sync", "b"], ["rename", "b", "a"]],
    after: { a: "old", b: "new" },
  },
  {
    name: "a rename over another file, not when the folder was synced",
    before: { a: "old" },
    steps: [["write", "b", "new"], ["sync", "b"], ["rename", "b", "a"], ["sync", "."]],
    after: { a: "new" },
  },
  {
    name: "the bytes of what was renamed without being synced",
    before: { a: "old" },
    steps: [["write", "b", "new"], ["rename", "b", "a"], ["sync", "."]],
    after: { a: "" },
  },
  {
    name: "names, where any sync brings them to the disk in order",
    before: { ...A, x: "x" },
    steps: [["rename", "a", "b"], ["remove", "x"], ["write", "c", "two"], ["sync", "c"], [
      "rename",
      "c",
      "d",
    ]],
    ordered: true,
    after: { b: "one", c: "two" },
  },
  {
    name: "a removal",
    before: { ...A, b: "two" },
    steps: [["append", "a", " more"], ["remove", "a"], ["remove", "b"], ["write", "b", "three"]],
    after: { ...A, b: "two" },
  },
  {
    name: "a removal, not when the folder was synced",
    before: { ...A, b: "two" },
    steps: [["remove", "a"], ["sync", "."]],
    after: { b: "two" },
  },
  { name: "a second name", before: A, steps: [["link", "a", "b"]], after: A },
  {
    name: "a copy, whichever way it is made",
    before: { a: "one".repeat(50_000) },
    steps: [["copy", "a", "b"]],
    after: { a: "one".repeat(50_000) },
  },
  {
    name: "but a part, where a part is kept",
    before: A,
    steps: [["append", "a", " 2"], ["append", "a", " 3"], ["append", "a", " 4"]],
    keep: 0.5,
    after: { a: "one 2 3" },
  },
];

for (const { name, before = {}, steps, after, ordered, keep } of cases) {
  Deno.test({
    name: `dropUnsynced() takes back ${name} (needs cc)`,
    ignore: !hasCompiler,
    fn: () =>
      watching(async (folder, mode) => {
        for (const [path, text] of Object.entries(before)) {
          const [inner] = path.split("/").slice(0, -1);
          if (inner !== undefined) await Deno.mkdir(`${folder}/${inner}`);
          await Deno.writeTextFile(`${folder}/${path}`, text);
        }
        await child(mode, WRITING, ["steps", folder, JSON.stringify(steps)]).status;
        mode.drop({ ordered, ...(keep === undefined ? {} : { keep: () => keep }) });
        assert.deepEqual(filesOf(folder), after);
        assert.deepEqual(mode.records(), []);
      }),
  });
}

for (
  const { synchronous, keeps } of [{ synchronous: "FULL", keeps: true }, {
    synchronous: "OFF",
    keeps: false,
  }]
) {
  Deno.test({
    name: `SQLite with synchronous=${synchronous} ${
      keeps ? "keeps every" : "loses a"
    } commit that it told of (needs cc)`,
    ignore: !hasCompiler,
    fn: () =>
      watching(async (folder, mode) => {
        const writing = child(mode, WRITING, ["sqlite", folder, synchronous]);
        const said = (await new Response(writing.stdout).text()).trim().split("\n").length;
        await writing.status;
        assert.equal(said, 40);
        mode.drop();
        using db = new DatabaseSync(`${folder}/a.db`);
        const table = db.prepare("SELECT name FROM sqlite_schema WHERE name = 't'").get();
        const rows = table === undefined ? 0 : db.prepare("SELECT count(*) AS n FROM t").get()!.n;
        assert.equal(rows === said, keeps, `${rows} of ${said}`);
      }),
  });
}

Deno.test({
  name:
    "sqliteStore() holds every resolved commit after a loss of power, however much got to the disk (needs cc)",
  ignore: !hasCompiler,
  fn: () =>
    watching(async (folder, mode) => {
      let bitten = 0;
      for (const [count, share] of [[3, 0], [60, 0.5], [200, 0.9]]) {
        const paying = child(mode, PAYING, ["pay", folder]);
        const said = await killAfter(paying, count);
        bitten += mode.drop({ keep: () => share }).writes;
        const store = await openSqliteStore({ folder, clock: () => 0 });
        const channel = (await store.payerChannel(CHANNEL))!;
        for (const nonce of said) assert.equal(await store.cursor(`nonce-${nonce}`), "1");
        assert.ok(channel.nonce >= Number(said.at(-1)));
        assert.equal(channel.signed, BigInt(channel.nonce) * 10n);
        assert.equal(await store.cursor(`nonce-${channel.nonce + 1}`), null);
        await store.close();
      }
      assert.ok(bitten > 0, "something was not synced when it was killed");
    }),
});

Deno.test({
  name: "sqliteStore() syncs a new file as a whole before it gets its name (needs cc)",
  ignore: !hasCompiler,
  fn: () =>
    watching(async (folder, mode) => {
      // It ends with its standard input, which is empty.
      await child(mode, PAYING, ["hold", folder]).status;
      const records = mode.records();
      const named = records.findIndex((each) =>
        each.type === "rename" && each.to.endsWith("/state.db")
      );
      const { inode } = records[named];
      const before = records.slice(0, named).filter((each) => each.inode === inode);
      assert.ok(before.some(({ type }) => type === "write"));
      assert.equal(before.findLast(({ type }) => type !== "create")?.type, "sync");
    }),
});

Deno.test({
  name:
    "watchedProgram() watches a program whose environment is cleared: git's objects are synced (needs cc)",
  ignore: !hasCompiler,
  fn: () =>
    watching(async (folder, mode) => {
      const bin = await Deno.makeTempDir();
      try {
        const where = await new Deno.Command("sh", { args: ["-c", "command -v git"] }).output();
        const program = new TextDecoder().decode(where.stdout).trim();
        await watchedProgram(mode, bin, "git", program);
        const git = async (...args: string[]) => {
          const { success, stdout, stderr } = await new Deno.Command(`${bin}/git`, {
            args: ["-c", "core.fsync=all", "-c", "user.name=t", "-c", "user.email=t@t", ...args],
            cwd: folder,
            clearEnv: true,
          }).output();
          assert.ok(success, `${args[0]}: ${new TextDecoder().decode(stderr)}`);
          return new TextDecoder().decode(stdout).trim();
        };
        await git("init", "--quiet");
        await git("commit", "--quiet", "--allow-empty", "--message=one");
        assert.ok(mode.records().some(({ type }) => type === "sync"));
        const losePower = async () => {
          mode.drop({ ordered: true });
          // Git syncs objects, but neither the new name of a ref nor the end of a lock: the next start has to check.
          for (const name of Object.keys(filesOf(folder))) {
            if (name.endsWith(".lock")) await Deno.remove(`${folder}/${name}`);
          }
        };
        await losePower();
        await git("commit", "--quiet", "--allow-empty", "--message=two");
        const head = await git("rev-parse", "HEAD");
        await losePower();
        assert.match(await git("cat-file", "-p", head), /\ntwo$/);
        await git("fsck", "--strict");
      } finally {
        await Deno.remove(bin, { recursive: true });
      }
    }),
});

async function watching(use: (folder: string, mode: Unsynced) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "ct-" });
  const folder = `${parent}/home`;
  await Deno.mkdir(folder);
  try {
    await using mode = (await watchUnsynced(folder))!;
    await use(folder, mode);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

function child(mode: Unsynced, script: string, args: readonly string[]): Deno.ChildProcess {
  const flags = ["run", "--quiet", "--no-prompt", "--cached-only", "--no-check", "--allow-all"];
  return new Deno.Command(Deno.execPath(), {
    args: [...flags, script, ...args],
    env: mode.env,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Reads lines until there are `count`, kills, and returns all lines that were printed before the end. */
async function killAfter(paying: Deno.ChildProcess, count: number): Promise<string[]> {
  let text = "";
  let killed = false;
  for await (const chunk of paying.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (!killed && text.split("\n").length > count) {
      paying.kill("SIGKILL");
      killed = true;
    }
  }
  await paying.status;
  return text.split("\n").slice(0, -1);
}

function filesOf(folder: string, inner = ""): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${inner}`)) {
    if (isDirectory) Object.assign(files, filesOf(folder, `${inner}${name}/`));
    else files[`${inner}${name}`] = Deno.readTextFileSync(`${folder}/${inner}${name}`);
  }
  return files;
}
