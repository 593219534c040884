/** A daemon that follows `crosstown.toml`, whatever happens to the file. */
import assert from "node:assert/strict";
import type { Log } from "../../../base/log/log.ts";
import { liveSettings } from "../../../commands/daemon/live_settings.ts";
import { configOf } from "../../../shell/home/load_config.ts";
import { MemoryIo } from "../memory_io.ts";

const KEPT = `[node]\nallow_buyers = ["${"ab".repeat(32)}"]\n`;

async function daemon(text: string) {
  const home = await Deno.makeTempDir({ prefix: "ct-" });
  const file = `${home}/crosstown.toml`;
  const write = (now: string) => Deno.writeTextFile(file, now, { mode: 0o600 });
  await write(text);
  const globals = {
    home,
    output: "text",
    nonInteractive: true,
    yes: false,
    dryRun: false,
    quiet: false,
    verbose: false,
  } as const;
  const invocation = { globals, io: new MemoryIo() };
  const used: string[][] = [];
  const logged: string[] = [];
  const log: Log = (_, message) => void logged.push(message);
  let meanwhile = () => Promise.resolve();
  let fails = false;
  const { look, told } = liveSettings({
    invocation,
    config: await configOf(invocation),
    role: "node",
    log,
    settle: () => meanwhile(),
    apply(_, keys) {
      if (fails) return Promise.reject(new Error("the worker is away"));
      used.push([...keys]);
      return Promise.resolve();
    },
  });
  await look();
  return {
    file,
    write,
    look,
    told,
    used,
    logged,
    during: (change: () => Promise<void>) => void (meanwhile = change),
    failing: (now: boolean) => void (fails = now),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

Deno.test("liveSettings() uses no file that is emptied or removed before it is written", async () => {
  for (
    const empty of [(path: string) => Deno.truncate(path), (path: string) => Deno.remove(path)]
  ) {
    await using at = await daemon(KEPT);
    await empty(at.file);
    at.during(() => at.write(`${KEPT}jobs = 2\n`));
    await at.look();
    assert.deepEqual(at.used, []);
    at.during(() => Promise.resolve());
    await at.look();
    assert.deepEqual(at.used, [["node.jobs"]]);
    await empty(at.file);
    await at.look();
    assert.deepEqual(at.used[1], ["node.allow_buyers"]);
  }
});

Deno.test("liveSettings() reads no more than a configuration may have, and says once why a file is not used", async () => {
  await using at = await daemon(KEPT);
  const refused: (readonly [() => Promise<unknown>, RegExp])[] = [
    // A sparse file: all of it would not fit into the memory of a daemon.
    [() => Deno.truncate(at.file, 8 * 1024 ** 3), /is over 1 MiB/],
    [() => Deno.mkdir(at.file), /is not a regular file/],
    [() => Deno.symlink("/etc/hostname", at.file), /is a symbolic link/],
    [() => Deno.symlink(at.file, at.file), /is a symbolic link/],
    [() => Deno.writeFile(at.file, new Uint8Array(64)), /is not valid TOML/],
  ];
  for (const [make, why] of refused) {
    const said = at.logged.length;
    await make();
    for (let looks = 0; looks < 3; looks++) await at.look();
    assert.match(at.told().problem!.message, why);
    assert.deepEqual(at.logged.slice(said), ["the changed configuration is not used"]);
    await Deno.remove(at.file);
  }
  assert.deepEqual(at.used, []);
  await at.write(KEPT);
  await at.look();
  assert.deepEqual([at.told().problem, at.used], [null, []]);
});

Deno.test("liveSettings() does not call settings used that could not be given to their parts", async () => {
  await using at = await daemon("");
  at.failing(true);
  await at.write(KEPT);
  await at.look();
  assert.match(at.told().problem!.message, /the worker is away/);
  at.failing(false);
  await at.write(`${KEPT}# again\n`);
  await at.look();
  assert.deepEqual([at.used, at.told().problem], [[["node.allow_buyers"]], null]);
});
