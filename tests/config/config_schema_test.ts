import assert from "node:assert/strict";
import { stringify } from "smol-toml";
import { configSchema, settingRows } from "../../config/config_schema.ts";
import { readConfigFile } from "../../config/config_file.ts";
import { loadConfig } from "../../config/config.ts";
import { SETTINGS } from "../../config/settings.ts";

// deno-lint-ignore no-explicit-any
const schema = configSchema() as any;

Deno.test("configSchema() has every setting of the file, and no other key", async () => {
  const inFile = settingRows().filter(({ file }) => file).map(({ key }) => key);
  for (const key of inFile) {
    const [table, name] = key.includes(".") ? key.split(".") : [null, key];
    const at = table === null ? schema.properties : schema.properties[table].properties;
    assert.ok(at[name!]?.description, key);
  }
  assert.equal(schema.additionalProperties, false);
  const made: Record<string, Record<string, string> | string> = { unknown: "1" };
  await assert.rejects(
    readConfigFile("/x", () => Promise.resolve({ text: stringify(made), mode: 0o600 })),
    /unknown key unknown/,
  );
});

for (const { key, example, meaning } of settingRows()) {
  Deno.test(`the example of ${key} fits the setting and its schema`, () => {
    if (example === "...") return; // A secret has none.
    const { read } = SETTINGS[key];
    read(example, key);
    const { pattern } = read.schema;
    if (typeof pattern === "string" && typeof example === "string") {
      assert.match(example, new RegExp(pattern));
    }
    assert.match(meaning, /^[a-zRM].*[^.]$/);
  });
}

Deno.test("a value that does not fit is refused with its line and what to write instead", async () => {
  const load = (text: string, env: Record<string, string> = {}) =>
    loadConfig({
      flags: { home: "/h" },
      env: (name) => env[name],
      readFile: (path) =>
        Promise.resolve(path.endsWith("crosstown.toml") ? { text, mode: 0o600 } : null),
      isFolder: () => Promise.resolve(true),
      admit: () => Promise.resolve(),
      cwd: "/",
      homeDir: "/h",
    }).then(() => assert.fail("it was taken"), (error) => error);
  for (
    const [text, line, instead] of [
      ['[limits]\n\njob_m2m = "much"', 3, 'for example job_m2m = "0.5" under [limits]'],
      ["[node]\njobs = 0", 2, "for example jobs = 1 under [node]"],
      ["[channel]\nauto_deposit = 1", 2, "for example auto_deposit = true under [channel]"],
      ["[node]\ntags = 1", 2, 'for example tags = ["gpu"] under [node]'],
    ] as const
  ) {
    const error = await load(text);
    assert.match(error.message, new RegExp(`line ${line}`));
    assert.equal(error.suggestion, `write ${instead}`);
  }
  const error = await load("", { GASTOWN_MAX_CHANNEL_BALANCE_M2M: "x" });
  assert.equal(error.suggestion, "write for example GASTOWN_MAX_CHANNEL_BALANCE_M2M=0.5");
  const secret = await load('[wallet]\nprivate_key = "hunter2"');
  assert.doesNotMatch(secret.message + secret.suggestion, /hunter2/);
});
