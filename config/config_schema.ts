/**
 * Describes `crosstown.toml` as a JSON Schema (draft 2020-12) for editors and as rows for people. Both are made from the table of settings.
 *
 * @module
 */
import { flagName } from "./find_setting.ts";
import { CONNECTORS_SCHEMA, PROFILE_SCHEMA } from "./profile_schema.ts";
import type { Applies, Setting } from "./setting.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";

/** A setting for people and programs. */
interface SettingRow {
  readonly key: SettingKey;
  readonly meaning: string;
  /** `--relay`; null if it has no flag. */
  readonly flag: string | null;
  readonly env: readonly string[];
  /** When a running daemon uses a change. */
  readonly applies: Applies;
  /** Whether `crosstown.toml` may contain it. */
  readonly file: boolean;
  /** The default in the form of the file; null if there is none. */
  readonly fallback: string | number | boolean | null;
  /** A valid value in the form of the file. */
  readonly example: unknown;
}

/** Every setting, in the order of the table. */
export function settingRows(): readonly SettingRow[] {
  return (Object.entries(SETTINGS) as [SettingKey, Setting<unknown>][]).map(([key, spec]) => ({
    key,
    meaning: spec.meaning,
    flag: spec.flag === undefined ? null : flagName(spec.flag),
    env: spec.env ?? [],
    applies: spec.applies ?? "restart",
    file: spec.file,
    fallback: fallbackOf(key, spec.fallback),
    example: spec.read.schema.examples[0],
  }));
}

/** The schema. An unknown key is an error, as in the program. */
export function configSchema(): Record<string, unknown> {
  const top: Record<string, unknown> = {};
  const tables: Record<string, Record<string, unknown>> = {};
  for (const { key, meaning, file, fallback } of settingRows()) {
    if (!file) continue;
    const [table, name] = key.includes(".") ? key.split(".") : [null, key];
    const schema = {
      description: meaning,
      ...SETTINGS[key].read.schema,
      ...(fallback === null || fallback === "" ? {} : { default: fallback }),
    };
    if (table === null) top[name!] = schema;
    else (tables[table] ??= {})[name!] = schema;
  }
  const closed = (properties: object) => ({
    type: "object",
    properties,
    additionalProperties: false,
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "crosstown.toml",
    ...closed({
      ...top,
      ...Object.fromEntries(Object.entries(tables).map(([name, keys]) => [name, closed(keys)])),
      relays: {
        description: "the relay for a network, by the network's name",
        type: "object",
        additionalProperties: { type: "string", format: "uri" },
      },
      connectors: {
        description:
          "further connectors, by the network's name and their own; docs/connectors.md has their keys",
        type: "object",
        additionalProperties: CONNECTORS_SCHEMA,
      },
      networks: {
        description: "network profiles of your own, by name; docs/networks.md has their keys",
        type: "object",
        additionalProperties: PROFILE_SCHEMA,
      },
    }),
  };
}

function fallbackOf(key: string, value: unknown): SettingRow["fallback"] {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "bigint") {
    // Defaults of amounts in whole tokens are stored in millionths.
    return key.endsWith("_m2m") ? String(Number(value) / 1_000_000) : Number(value);
  }
  return typeof value === "string" ? value : "";
}
