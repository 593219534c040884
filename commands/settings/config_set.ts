/**
 * Writes one value into `crosstown.toml`. A value that would make the configuration invalid is not written.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { type PlainValue, withValue } from "../../config/toml_edit.ts";
import { type SettingKey, SETTINGS } from "../../config/settings.ts";
import { Unfit } from "../../config/setting_readers.ts";
import { configWith, pathsOf } from "../../shell/home/load_config.ts";
import { changeConfig } from "../../shell/home/write_config.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { noSetting } from "./config_show.ts";

/** Sets a value. */
export async function configSet(invocation: Invocation): Promise<void> {
  const key = keyOf(invocation);
  await change(invocation, key, valueOf(key, invocation.args.required("value")));
}

/** Removes a value. */
export async function configUnset(invocation: Invocation): Promise<void> {
  await change(invocation, keyOf(invocation), null);
}

function keyOf({ args }: Invocation): SettingKey {
  const key = args.required("key");
  if (!Object.hasOwn(SETTINGS, key)) throw noSetting(key);
  const { file, secret } = SETTINGS[key as SettingKey] as { file: boolean; secret?: boolean };
  if (secret) {
    throw new UsageError(
      `${key} is a secret: other users can read a command line`,
      "write it into the file with an editor, and keep the file at mode 600",
    );
  }
  if (!file) {
    throw new UsageError(`${key} is not read from the file`, "set its environment variable");
  }
  if (key === "node.prices") {
    throw new UsageError(
      "node.prices is a table, a line for each skill",
      "write it by hand: a line [node.prices], and under it ci-run = 50000",
    );
  }
  return key as SettingKey;
}

/** The value as TOML: a switch, number or list is written as such if the setting has this type; all other values are quoted. */
function valueOf(key: SettingKey, text: string): PlainValue {
  try {
    const read: unknown = SETTINGS[key].read(text, key);
    if (Array.isArray(read)) return read;
    return typeof read === "boolean" || typeof read === "number" ? read : text;
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new UsageError(
      `${key} must be ${error.message} (got ${JSON.stringify(text.slice(0, 80))})`,
      `see 'crosstown config get ${key}'`,
    );
  }
}

async function change(
  invocation: Invocation,
  key: SettingKey,
  value: PlainValue | null,
): Promise<void> {
  const { output, globals: { dryRun } } = invocation;
  const paths = await pathsOf(invocation);
  const [table, name] = key.includes(".") ? key.split(".") : [null, key];
  let explain: Config["explain"] = () => [];
  await changeConfig(invocation, paths, async (before) => {
    const after = withValue(before, { table, name: name! }, value);
    // A configuration that no command could read is not written.
    ({ explain } = await configWith(invocation, after));
    return dryRun ? null : after;
  });
  const entry = explain().find((one) => one.key === key)!;
  await output.document(
    "config-value",
    { ...(dryRun ? { dry_run: true } : {}), ...entry, file: paths.configFile },
    `${key} ${dryRun ? "would be" : "is"} ${printable(entry.value) || "not set"} (${entry.source})`,
    [{ ...entry }],
  );
  if (
    value !== null && entry.source !== paths.configFile &&
    !entry.source.startsWith(paths.configFile)
  ) {
    await output.warn(`${entry.source} takes precedence over ${paths.configFile}`);
  }
}
