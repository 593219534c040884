import assert from "node:assert/strict";
import { HAS_TERMINAL, typed } from "../../e2e/terminal.ts";
import { faultsOf } from "../json_schemas.ts";
import { MemoryIo, run } from "../memory_io.ts";

Deno.test("config edit needs a terminal, and config list needs no home", async () => {
  const io = new MemoryIo();
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  io.variables = { GASTOWN_HOME: path, HOME: path };
  const { code, err } = await run(["config", "edit"], { io });
  assert.equal(code, 1);
  assert.match(err, /config set KEY VALUE/);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(path)), []);
  const listed = new MemoryIo();
  await run(["config", "list", "--output", "json"], { io: listed });
  const { settings } = JSON.parse(listed.out);
  const relay = settings.find(({ key }: { key: string }) => key === "relay");
  assert.deepEqual([relay.flag, relay.env[0]], ["--relay", "GASTOWN_CROSSTOWN_RELAY_URL"]);
  await Deno.remove(path);
});

Deno.test({
  name:
    "config edit takes a valid draft, and keeps one that is not beside the file (needs 'script')",
  ignore: !HAS_TERMINAL,
}, async () => {
  const home = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    // vi, as the shell finds it where no variable names an editor.
    const edit = async (text: string, more: readonly string[] = [], meanwhile = "") => {
      const script = `#!/bin/sh\nprintf '%s' '${text}' > "$1"\n${meanwhile}\n`;
      await Deno.writeTextFile(`${home}/vi`, script);
      await Deno.chmod(`${home}/vi`, 0o755);
      return await typed(["config", "edit", ...more], [], {
        home,
        path: `${home}:${Deno.env.get("PATH")}`,
      });
    };
    const file = `${home}/crosstown.toml`;
    const done = await edit("[node]\njobs = 2\n");
    assert.equal(done.code, 0, done.shown);
    assert.equal(await Deno.readTextFile(file), "[node]\njobs = 2\n");
    const refused = await edit("[node]\njobs = 0\n");
    assert.equal(refused.code, 2, refused.shown);
    assert.match(refused.shown, /is unchanged; your text is in [^]*line 2/);
    assert.equal(await Deno.readTextFile(file), "[node]\njobs = 2\n");
    assert.equal(await Deno.readTextFile(`${file}.draft`), "[node]\njobs = 0\n");
    assert.equal((await edit("[node]\njobs = 3\n")).code, 0);
    const { shown } = await edit("[node]\njobs = 3\n", ["--output", "json"]);
    assert.deepEqual(faultsOf("config-edit", JSON.parse(shown.match(/\{.*\}/)![0])), []);
    await assert.rejects(Deno.stat(`${file}.draft`), Deno.errors.NotFound);
    const late = await edit("[node]\njobs = 4\n", [], `printf '[node]\njobs = 5\n' > '${file}'`);
    assert.equal(late.code, 1, late.shown);
    assert.match(late.shown, /was changed while you edited it/);
    assert.equal(await Deno.readTextFile(file), "[node]\njobs = 5\n");
    assert.equal(await Deno.readTextFile(`${file}.draft`), "[node]\njobs = 4\n");
    // The file is newer than this draft, which would undo the change.
    await Deno.utime(`${file}.draft`, 1, 1);
    await Deno.writeTextFile(`${home}/vi`, "#!/bin/sh\nexit 3\n");
    const path = `${home}:${Deno.env.get("PATH")}`;
    const failed = await typed(["config", "edit"], [], { home, path });
    assert.match(failed.shown, /ended with 3[^]*is installed\r?\n/);
    assert.equal(await Deno.readTextFile(`${file}.draft.old`), "[node]\njobs = 4\n");
    await assert.rejects(Deno.stat(`${file}.draft`), Deno.errors.NotFound);
    await Deno.writeTextFile(`${home}/vi`, '#!/bin/sh\nrm "$1"\n');
    const removed = await typed(["config", "edit"], [], { home, path });
    assert.equal(removed.code, 1, removed.shown);
    assert.match(removed.shown, /Error: the editor left no file; nothing was changed/);
    assert.equal(await Deno.readTextFile(file), "[node]\njobs = 5\n");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
