import assert from "node:assert/strict";
import { ConfigError } from "../../base/config_error.ts";
import { loadConfig } from "../../config/config.ts";
import { isFolder, readFile } from "../../config/real_files.ts";

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadConfig() with real files finds the nearest .gt and reads its file", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/.gt`);
    await Deno.mkdir(`${folder}/project/src`, { recursive: true });
    await Deno.writeTextFile(`${folder}/.gt/crosstown.toml`, "[jobs]\ntimeout_s = 7\n");
    const input = {
      flags: {},
      env: () => undefined,
      readFile,
      isFolder,
      cwd: `${folder}/project/src`,
      homeDir: "/nowhere",
      admit: () => Promise.resolve(),
    };
    const config = await loadConfig(input);
    assert.equal(config.paths.home, `${folder}/.gt`);
    assert.equal(config.get("jobs.timeout_s"), 7);

    const file = `${folder}/.gt/crosstown.toml`;
    await Deno.writeTextFile(file, `[wallet]\nprivate_key = "${"1".repeat(64)}"\n`);
    await Deno.chmod(file, 0o644);
    await assert.rejects(loadConfig(input), (error: ConfigError) => {
      assert.equal(
        error.code,
        Deno.build.os === "windows" ? "plain_text_key_refused" : "config_permissions",
      );
      return true;
    });
  });
});

Deno.test("readFile() gives null for what is missing and refuses folders, links and files over 1 MiB as a fault of the configuration", async () => {
  await inFolder(async (folder) => {
    assert.equal(await readFile(`${folder}/none`), null);
    await Deno.writeTextFile(`${folder}/file`, "x");
    assert.equal(await readFile(`${folder}/file/below`), null);
    assert.equal(await isFolder(`${folder}/file`), false);
    assert.equal(await isFolder(folder), true);
    for (
      const [name, what] of [["folder", "is not a regular file"], ["link", "is a symbolic link"]]
    ) {
      const path = `${folder}/${name}`;
      if (name === "link") await Deno.symlink(`${folder}/file`, path);
      else await Deno.mkdir(path);
      await assert.rejects(readFile(path), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.code, name === "link" ? "linked_file" : "not_plain");
        assert.ok(error.message.startsWith(`${path} ${what}`), error.message);
        return true;
      });
    }
    await Deno.writeFile(`${folder}/large`, new Uint8Array(1024 * 1024 + 1));
    await assert.rejects(readFile(`${folder}/large`), /over 1 MiB/);
  });
});
