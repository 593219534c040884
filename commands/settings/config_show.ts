/**
 * Shows the configuration, or one value of it.
 *
 * @module
 */
import { nearest } from "../../base/config_error.ts";
import { namedKey, namedKeyRows } from "../../config/named_keys.ts";
import { isInNamedTable, namedTableValue } from "../../config/table_value.ts";
import { SETTINGS } from "../../config/settings.ts";
import { decimalUnits } from "../../protocols/ilp/asset.ts";
import { limitsAboveForce, limitsInForce } from "../../shell/home/limits_in_force.ts";
import { configOf, pathsOf } from "../../shell/home/load_config.ts";
import { bannerOf } from "../../shell/home/money_banner.ts";
import type { Invocation } from "../../shell/command.ts";
import { UsageError } from "../../shell/errors.ts";
import { alignedText, printable } from "../../shell/output.ts";

/** Every value. */
export async function configShow(invocation: Invocation): Promise<void> {
  const config = await configOf(invocation);
  const above = await limitsAboveForce(config);
  const entries = config.explain().map(({ key, value, source }) => ({
    key,
    value,
    source,
    in_force: above.get(key)?.inForce ?? value,
  }));
  const { profile } = config;
  await invocation.output.document("config-values", {
    network: profile.name,
    testnet: profile.testnet,
    file: config.paths.configFile,
    values: entries,
  }, () =>
    [
      bannerOf(config),
      "",
      alignedText(
        entries.map(({ key, value, source }) => [key, printable(value) || "-", `(${source})`]),
      ),
      ...[...above].map(([key, { inForce, raise }]) =>
        `\n${key} is set, but ${inForce} is in force; '${raise}' raises it`
      ),
    ].join("\n"), entries);
}

/** Prints one value. For people it stands alone on its line, so that a script can use it. */
export async function configGet(invocation: Invocation): Promise<void> {
  const { args, output } = invocation;
  const key = args.required("key");
  const config = await configOf(invocation);
  const entry = config.explain().find((one) => one.key === key) ??
    await entryOfTable(config.paths.configFile, key);
  if (entry === undefined) throw noSetting(key);
  const above = (await limitsAboveForce(config)).get(key);
  const units = entry.value === "" ? (await limitsInForce(config)).get(key) : undefined;
  const builtIn = units === undefined ? undefined : decimalUnits(units, config.profile.asset);
  const document = { ...entry, in_force: above?.inForce ?? builtIn ?? entry.value };
  await output.document("config-value", document, printable(entry.value), [document]);
  if (above !== undefined) {
    await output.note(`${above.inForce} is in force; '${above.raise}' raises it`);
  }
  if (builtIn !== undefined) await output.note(`not set: ${builtIn} is in force`);
}

/** A value under `[networks.NAME]` and the like. Undefined if the file has none there. */
async function entryOfTable(file: string, key: string) {
  if (!isInNamedTable(key)) return undefined;
  const text = await Deno.readTextFile(file).catch(() => "");
  const entry = namedEntry(text, key, file);
  if (entry.source === file) return entry;
  const [example] = namedKey(key)?.schema.examples ?? [];
  if (example === undefined) return undefined;
  const shown = Array.isArray(example) ? example.join(",") : String(example);
  throw new UsageError(
    `${key} is not set in ${file}`,
    `for example 'crosstown config set ${key} ${shown}' sets it`,
  );
}

/** A value under `[networks.NAME]` and the like, as a file of this text has it; `default` and empty if it has none. */
export function namedEntry(text: string, key: string, file: string) {
  const value = namedTableValue(text, key);
  return value === null ? { key, value: "", source: "default" } : { key, value, source: file };
}

/** Prints the path of the file. */
export async function configPath(invocation: Invocation): Promise<void> {
  const { configFile } = await pathsOf(invocation);
  await invocation.output.document("config-path", { file: configFile }, configFile);
}

/** The error for a key that does not exist. */
export function noSetting(key: string): UsageError {
  const [name] = [key.slice(0, 80)];
  return new UsageError(
    `there is no setting ${name}`,
    isInNamedTable(name) ? nearestNamed(name) : nearest(name, Object.keys(SETTINGS)),
  );
}

/** The key of a named table that looks most like it, with the names that the user gave. */
function nearestNamed(name: string): string {
  const parts = name.split(".");
  const known = namedKeyRows().map(({ key }) =>
    key.split(".").map((part, at) => /^[A-Z]/.test(part) ? parts[at] ?? part : part).join(".")
  );
  return `${nearest(name, known)} ('crosstown config list' shows all)`;
}
