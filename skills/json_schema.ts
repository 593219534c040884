/**
 * A part of JSON Schema (2020-12) with limited cost: a skill uses it to describe the JSON of its inputs and its result. A schema may be
 * untrusted, so patterns, references and combinations, whose cost has no limit, are not supported. A check visits each part of a value once
 * for each part of the schema at that place.
 *
 * Known keywords: `type`, `enum`, `const`, `properties`, `required`, `additionalProperties` (true or false), `items`, `minItems`,
 * `maxItems`,
 * `minLength`, `maxLength`, `minimum`, `maximum`. `title`, `description` and `$schema` have no effect. Any other keyword is refused: if it
 * were ignored, the schema would check less than its author expects.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 * @module
 */

const JSON_TYPES: readonly unknown[] = [
  ...["null", "boolean", "integer", "number", "string", "array", "object"],
];

/** A checked schema. It can be written as JSON and cloned (structured clone). */
export interface JsonSchema {
  /** One or several of the types of JSON. */
  readonly type?: string | readonly string[];
  /** The values that fit. */
  readonly enum?: readonly unknown[];
  /** The only value that fits. */
  readonly const?: unknown;
  /** The schemas of an object's members, by name. */
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** Names that an object must have. */
  readonly required?: readonly string[];
  /** Whether an object may have other members. Default: true. */
  readonly additionalProperties?: boolean;
  /** The schema of each item of a list. */
  readonly items?: JsonSchema;
  /** The fewest items of a list. */
  readonly minItems?: number;
  /** The most items of a list. */
  readonly maxItems?: number;
  /** The fewest characters of a text. */
  readonly minLength?: number;
  /** The most characters of a text. */
  readonly maxLength?: number;
  /** The least value of a number. */
  readonly minimum?: number;
  /** The largest value of a number. */
  readonly maximum?: number;
}

/** The schema cannot be used. The message names the place as a JSON pointer. */
export class SchemaError extends Error {
  /** Always `SchemaError`. */
  override readonly name = "SchemaError";
}

/** The most characters of a schema as JSON. */
export const MAX_SCHEMA_CHARACTERS = 4_096;
const MAX_DEPTH = 8;
const MAX_VALUE_DEPTH = 64;
const MAX_LIST = 256;

/**
 * Checks that a value is a supported schema, and returns a copy of it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { misfitOf, parseSchema } from "./json_schema.ts";
 *
 * const schema = parseSchema({ type: "object", required: ["n"], properties: { n: { type: "integer" } } });
 * assert.equal(misfitOf(schema, { n: 1 }), null);
 * assert.equal(misfitOf(schema, { n: 1.5 }), "/n must be an integer");
 * assert.throws(() => parseSchema({ pattern: "(a+)+$" }), { name: "SchemaError" });
 * ```
 *
 * @throws {SchemaError}
 */
export function parseSchema(value: unknown): JsonSchema {
  const text = JSON.stringify(value, (_, each) => typeof each === "bigint" ? Number(each) : each);
  if (text === undefined || text.length > MAX_SCHEMA_CHARACTERS) {
    throw new SchemaError(`a schema takes at most ${MAX_SCHEMA_CHARACTERS} characters as JSON`);
  }
  const copy: unknown = JSON.parse(text);
  checkSchema(copy, "", 0);
  return copy as JsonSchema;
}

const COUNTS = ["minItems", "maxItems", "minLength", "maxLength"];
const NUMBERS = ["minimum", "maximum"];
const WORDS = ["title", "description", "$schema"];

function checkSchema(value: unknown, at: string, depth: number): void {
  if (depth > MAX_DEPTH) throw new SchemaError(`${at}: it is deeper than ${MAX_DEPTH} schemas`);
  for (const [key, each] of Object.entries(object(value, at))) {
    const place = `${at}/${key}`;
    const bad = (must: string): never => {
      throw new SchemaError(`${place} must be ${must}`);
    };
    if (key === "type") {
      const types = Array.isArray(each) ? each : [each];
      if (types.length === 0 || !types.every((type) => JSON_TYPES.includes(type))) {
        bad(`one or a list of ${JSON_TYPES.join(", ")}`);
      }
    } else if (key === "enum") {
      if (!Array.isArray(each) || each.length === 0 || each.length > MAX_LIST) {
        bad(`a list of 1 to ${MAX_LIST} values`);
      }
    } else if (key === "properties") {
      for (const [name, inner] of Object.entries(object(each, place))) {
        checkSchema(inner, `${place}/${name}`, depth + 1);
      }
    } else if (key === "required") {
      if (!Array.isArray(each) || !each.every((name) => typeof name === "string")) {
        bad("a list of names");
      }
    } else if (key === "additionalProperties") {
      if (typeof each !== "boolean") bad("true or false");
    } else if (key === "items") checkSchema(each, place, depth + 1);
    else if (COUNTS.includes(key)) {
      if (!Number.isSafeInteger(each) || (each as number) < 0) bad("a whole number from 0");
    } else if (NUMBERS.includes(key)) {
      if (typeof each !== "number") bad("a number");
    } else if (key !== "const" && !WORDS.includes(key)) {
      throw new SchemaError(`${place} is no keyword that is known here`);
    }
  }
}

function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SchemaError(`${at || "a schema"} must be an object`);
  }
  return value as Record<string, unknown>;
}

/** Why a JSON value does not fit, starting with the JSON pointer of the part; null if the value fits. */
export function misfitOf(schema: JsonSchema, value: unknown): string | null {
  if (depthOf(value) > MAX_VALUE_DEPTH) return `it must not be deeper than ${MAX_VALUE_DEPTH}`;
  return misfit(schema, value, "");
}

/**
 * The same for a text. If the type of the schema is `string`, the text itself is the value; otherwise the JSON in it.
 */
export function misfitOfText(schema: JsonSchema, text: string): string | null {
  if (schema.type === "string") return misfitOf(schema, text);
  try {
    return misfitOf(schema, JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return "it must be JSON";
    throw error;
  }
}

function misfit(schema: JsonSchema, value: unknown, at: string): string | null {
  const must = (words: string) => `${at || "it"} must ${words}`.slice(0, 300);
  const { type } = schema;
  const types = type === undefined ? null : typeof type === "string" ? [type] : type;
  if (types !== null && !types.some((each) => isOf(each, value))) {
    return must(
      `be ${types.map((each) => `${/^[aio]/.test(each) ? "an" : "a"} ${each}`).join(" or ")}`,
    );
  }
  if (schema.enum !== undefined && !isAmong(schema.enum, schema.enum, value)) {
    return must(`be one of ${JSON.stringify(schema.enum).slice(0, 200)}`);
  }
  if (Object.hasOwn(schema, "const") && !isAmong(schema, [schema.const], value)) {
    return must(`be ${JSON.stringify(schema.const).slice(0, 200)}`);
  }
  if (typeof value === "string") {
    const { minLength = 0, maxLength = Infinity } = schema;
    // Counts Unicode characters. A text with more than twice as many UTF-16 units is certainly too long.
    const length = value.length > maxLength * 2 ? Infinity : charactersIn(value);
    if (length < minLength || length > maxLength) {
      return must(`have ${range(minLength, maxLength)} characters`);
    }
  }
  if (typeof value === "number") {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    if (value < minimum) return must(`be at least ${minimum}`);
    if (value > maximum) return must(`be at most ${maximum}`);
  }
  if (Array.isArray(value)) return misfitOfList(schema, value, at);
  if (typeof value === "object" && value !== null) {
    return misfitOfObject(schema, value as Record<string, unknown>, at);
  }
  return null;
}

function misfitOfList(
  { items, minItems = 0, maxItems = Infinity }: JsonSchema,
  value: readonly unknown[],
  at: string,
): string | null {
  if (value.length < minItems || value.length > maxItems) {
    return `${at || "it"} must have ${range(minItems, maxItems)} items`;
  }
  if (items === undefined) return null;
  for (const [index, each] of value.entries()) {
    const found = misfit(items, each, `${at}/${index}`);
    if (found !== null) return found;
  }
  return null;
}

function misfitOfObject(
  { properties = {}, required = [], additionalProperties = true }: JsonSchema,
  value: Record<string, unknown>,
  at: string,
): string | null {
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) {
    return `${at || "it"} must have ${JSON.stringify(missing.slice(0, 80))}`;
  }
  for (const [name, each] of Object.entries(value)) {
    const place = `${at}/${name.slice(0, 80)}`;
    if (Object.hasOwn(properties, name)) {
      const found = misfit(properties[name], each, place);
      if (found !== null) return found;
    } else if (!additionalProperties) return `${place} must not be there`;
  }
  return null;
}

function range(least: number, most: number): string {
  return most === Infinity ? `at least ${least}` : `${least} to ${most}`;
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      // deno-lint-ignore valid-typeof -- boolean, number and string are called so in both.
      return typeof value === type;
  }
}

function charactersIn(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Whether a value is in the list. Values are compared as JSON, with the keys of objects in any order. */
function isAmong(owner: object, values: readonly unknown[], value: unknown): boolean {
  let known = TEXTS.get(owner);
  if (known === undefined) TEXTS.set(owner, known = new Set(values.map(sorted)));
  return known.has(sorted(value));
}

/** The values of each `enum` and `const` as texts, so that they are not written again for each item of a long list. */
const TEXTS = new WeakMap<object, ReadonlySet<string>>();

/** The nesting depth of lists and objects. It is computed without recursion, because the value is untrusted. */
function depthOf(value: unknown): number {
  let [depth, level] = [0, [value]];
  while (depth <= MAX_VALUE_DEPTH) {
    level = level.flatMap((each) =>
      typeof each === "object" && each !== null ? Object.values(each) : []
    );
    if (level.length === 0) return depth;
    depth++;
  }
  return depth;
}

function sorted(value: unknown): string {
  return JSON.stringify(
    value,
    (_, each) =>
      typeof each === "object" && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => a < b ? -1 : 1))
        : each,
  );
}
