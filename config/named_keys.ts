/**
 * The keys of `crosstown.toml` that contain a name of the user's choice: `networks.NAME.KEY`, `connectors.NETWORK.NAME.KEY` and
 * `relays.NETWORK`. Their types come from the schemas of `profile_schema.ts`.
 *
 * @module
 */
import type { Applies } from "./setting.ts";
import { CONNECTORS_SCHEMA, type KeySchema, PROFILE_SCHEMA } from "./profile_schema.ts";
import { parseToml } from "./table.ts";
import type { Place, PlainValue } from "./toml_edit.ts";

const PROFILES: KeySchema = { type: "object", additionalProperties: PROFILE_SCHEMA };
const TABLES: Readonly<Record<string, KeySchema>> = {
  networks: PROFILES,
  connectors: { type: "object", additionalProperties: CONNECTORS_SCHEMA },
  relays: {
    type: "object",
    additionalProperties: {
      type: "string",
      description: "the relay for a network, by the network's name",
      examples: ["wss://relay.example"],
    },
  },
};
/** What a bare key of TOML may contain. */
const PART = /^[A-Za-z0-9_-]{1,64}$/;

/** A key of one value. */
interface NamedKey {
  readonly place: Place;
  readonly schema: KeySchema;
  /** Whether it must not be given on a command line. */
  readonly secret: boolean;
}

/** The key, for example `networks.club.relay_url`; null if no table has such a key. */
export function namedKey(key: string): NamedKey | null {
  const parts = key.split(".");
  if (!parts.every((part) => PART.test(part)) || !Object.hasOwn(TABLES, parts[0])) return null;
  let schema: KeySchema | null = TABLES[parts[0]];
  for (const part of parts.slice(1)) schema = schema === null ? null : below(schema, part);
  if (schema === null || schema.examples === undefined) return null;
  const name = parts.at(-1)!;
  return { place: { table: parts.slice(0, -1).join("."), name }, schema, secret: isSecret(name) };
}

/** Whether a key with this last part holds a secret. */
function isSecret(name: string): boolean {
  return name === "token";
}

function below(schema: KeySchema, part: string): KeySchema | null {
  const { properties, additionalProperties: others } = schema;
  if (properties !== undefined) return Object.hasOwn(properties, part) ? properties[part] : null;
  return typeof others === "object" ? others : null;
}

/** A typed value as the file has it. A text that is no value of the type stays a text: reading the file refuses it. */
export function namedValue({ type }: KeySchema, text: string): PlainValue {
  if (type === "array") {
    return text.split(",").map((each) => each.trim()).filter((each) => each !== "");
  }
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  const number = Number(text);
  const whole = /^-?(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(number);
  return [type].flat().includes("integer") && whole ? number : text;
}

/** A key as `config list` shows it: the names that the user chooses are in capitals. */
interface NamedKeyRow {
  readonly key: string;
  readonly meaning: string;
  readonly applies: Applies;
  readonly example: unknown;
}

/** Every key. */
export function namedKeyRows(): readonly NamedKeyRow[] {
  const rows = (table: string, names: readonly string[]) =>
    [...leaves(TABLES[table], table, names)].map(([key, schema]): NamedKeyRow => ({
      key,
      meaning: schema.description ?? "",
      applies: "restart",
      example: schema.examples![0],
    }));
  return [
    ...rows("networks", ["NAME", "CONNECTOR"]),
    ...rows("connectors", ["NETWORK", "CONNECTOR"]),
    ...rows("relays", ["NETWORK"]),
  ];
}

/** The keys of the networks, connectors and relays that a file has, whether they are set or not. */
export function namedKeysOf(text: string): readonly string[] {
  const file = parseToml(text, "the file");
  return Object.entries(TABLES).flatMap((
    [table, schema],
  ) => [...ofFile(schema, table, file[table])]);
}

function* ofFile(schema: KeySchema, path: string, value: unknown): Generator<string> {
  const has = typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Record<string, unknown>
    : {};
  if (schema.examples !== undefined) return yield path;
  const names = schema.properties === undefined ? Object.keys(has) : Object.keys(schema.properties);
  for (const name of names) {
    const next = below(schema, name);
    if (next !== null && PART.test(name)) yield* ofFile(next, `${path}.${name}`, has[name]);
  }
}

/** Each value below a schema, with its key. Names of the user's choice are taken from `names`. */
function* leaves(
  schema: KeySchema,
  path: string,
  names: readonly string[],
): Generator<[string, KeySchema]> {
  if (schema.examples !== undefined) return yield [path, schema];
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    yield* leaves(each, `${path}.${name}`, names);
  }
  if (typeof schema.additionalProperties !== "object") return;
  const [name = "KIND", ...rest] = path.endsWith(".kind_prices") ? [] : names;
  yield* leaves(schema.additionalProperties, `${path}.${name}`, rest);
}
