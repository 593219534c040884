/**
 * Writes values into `crosstown.toml`. A value that would make the configuration invalid is not written.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { namedKey, namedValue } from "../../config/named_keys.ts";
import { type Place, type PlainValue, withValue } from "../../config/toml_edit.ts";
import { type SettingKey, SETTINGS } from "../../config/settings.ts";
import { Unfit } from "../../config/setting_readers.ts";
import { configWith, pathsOf } from "../../shell/home/load_config.ts";
import { changeConfig } from "../../shell/home/write_config.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { namedEntry, noSetting } from "./config_show.ts";

/** A value to write; null removes it. */
interface Wish {
  readonly key: string;
  readonly place: Place;
  readonly value: PlainValue | null;
}

/** Sets a value, or several at once: KEY VALUE, KEY VALUE. */
export async function configSet(invocation: Invocation): Promise<void> {
  const { args } = invocation;
  const more = args.list("more");
  if (more.length % 2 !== 0) {
    throw new UsageError(`${more.at(-1)!.slice(0, 80)} has no value`, "give KEY VALUE KEY VALUE");
  }
  const words = [args.required("key"), args.required("value"), ...more];
  const wishes: Wish[] = [];
  for (let at = 0; at < words.length; at += 2) wishes.push(wishOf(words[at], words[at + 1]));
  await change(invocation, wishes);
}

/** Removes values. */
export async function configUnset(invocation: Invocation): Promise<void> {
  const { args } = invocation;
  await change(
    invocation,
    [args.required("key"), ...args.list("more")].map((key) => wishOf(key, null)),
  );
}

function wishOf(key: string, text: string | null): Wish {
  const named = namedKey(key);
  if (named !== null) {
    if (named.secret && text !== null) throw onCommandLine(key);
    return {
      key,
      place: named.place,
      value: text === null ? null : namedValue(named.schema, text),
    };
  }
  const known = settingOf(key);
  const [table, name] = known.includes(".") ? known.split(".") : [null, known];
  return { key, place: { table, name: name! }, value: text === null ? null : valueOf(known, text) };
}

function onCommandLine(key: string): UsageError {
  return new UsageError(
    `${key} is a secret: other users can read a command line`,
    "write it into the file with an editor, and keep the file at mode 600",
  );
}

/** Settings that are tables, and a line of each. */
const TABLES: Readonly<Partial<Record<string, string>>> = {
  "node.prices": "ci-run = 50000",
  "node.payment_modes": 'ci-run = ["on-delivery", "metered"]',
};

function settingOf(key: string): SettingKey {
  if (!Object.hasOwn(SETTINGS, key)) throw noSetting(key);
  const { file, secret } = SETTINGS[key as SettingKey] as { file: boolean; secret?: boolean };
  if (secret) throw onCommandLine(key);
  if (!file) {
    throw new UsageError(`${key} is not read from the file`, "set its environment variable");
  }
  const line = TABLES[key];
  if (line !== undefined) {
    throw new UsageError(
      `${key} is a table, a line for each skill`,
      `write it by hand: a line [${key}], and under it ${line}`,
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

async function change(invocation: Invocation, wishes: readonly Wish[]): Promise<void> {
  const { output, globals: { dryRun } } = invocation;
  const paths = await pathsOf(invocation);
  let explain: Config["explain"] = () => [];
  let text = "";
  await changeConfig(invocation, paths, async (before) => {
    text = wishes.reduce(
      (now, { place, value }) => withValue(now, place, value, paths.configFile),
      before,
    );
    // A configuration that no command could read is not written.
    ({ explain } = await configWith(invocation, text));
    return dryRun ? null : text;
  });
  const [first, ...also] = wishes.map(({ key }) =>
    explain().find((one) => one.key === key) ?? namedEntry(text, key, paths.configFile)
  );
  await output.document(
    "config-value",
    {
      ...(dryRun ? { dry_run: true } : {}),
      ...first,
      file: paths.configFile,
      ...also.length > 0 && { also },
    },
    () =>
      [first, ...also].map(({ key, value, source }) =>
        `${key} ${dryRun ? "would be" : "is"} ${printable(value) || "not set"} (${source})`
      ).join("\n"),
    [first, ...also].map((entry) => ({ ...entry })),
  );
  for (const [at, { source }] of [first, ...also].entries()) {
    if (wishes[at].value === null || source.startsWith(paths.configFile)) continue;
    await output.warn(`${source} takes precedence over ${paths.configFile}`);
  }
}
