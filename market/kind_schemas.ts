/**
 * The schemas in an announcement: what the text inputs and the results of a kind must match.
 *
 * ```text
 * ["input_schema","5650","{\"type\":\"object\"}"]   of each text input
 * ["output_schema","5650","{\"type\":\"integer\"}"] of the result
 * ["output_schema","5650","sha256:9f86d0..."]        of a long one: long_schemas.ts
 * ```
 *
 * @module
 */
import { sha256Hex } from "../protocols/sha256.ts";
import { type JsonSchema, parseSchema, SchemaError } from "../skills/json_schema.ts";

/** The schema of a kind's inputs or results. */
export interface KindSchema {
  /** The kind of the request. */
  readonly kind: number;
  /** The schema as the provider's skill declares it. */
  readonly schema: JsonSchema;
}

/** A long schema, as an announcement names it. It survives a structured clone. */
export interface LongSchema {
  /** The tag that names it. */
  readonly of: TagName;
  /** The kind of the request. */
  readonly kind: number;
  /** Of its text, 64 hex digits. */
  readonly sha256: string;
}

/** The announcement has only the hash of a longer schema, because the provider pays for these bytes at each heartbeat. */
const MAX_SCHEMA_CHARACTERS = 512;
const MAX_SCHEMAS = 64;

type TagName = "input_schema" | "output_schema";
const TAG_NAMES: readonly TagName[] = ["input_schema", "output_schema"];

/** Reads the schemas. One that is invalid, too long or unknown to this program is left out, because it cannot be checked here. */
export function readSchemas(
  tags: readonly (readonly string[])[],
  name: TagName,
): readonly KindSchema[] {
  return tags.filter((tag) => tag[0] === name).slice(0, MAX_SCHEMAS).flatMap(readSchema);
}

/** Reads the names of long schemas. */
export function readLongSchemas(tags: readonly (readonly string[])[]): readonly LongSchema[] {
  return tags.flatMap(([name, kind, text = ""]): LongSchema[] => {
    const sha256 = /^sha256:([0-9a-f]{64})$/.exec(text)?.[1];
    const of = TAG_NAMES.find((each) => each === name);
    return sha256 === undefined || of === undefined ? [] : [{ of, kind: Number(kind), sha256 }];
  }).slice(0, MAX_SCHEMAS);
}

function readSchema([, kind, text = ""]: readonly string[]): KindSchema[] {
  try {
    return text.length > MAX_SCHEMA_CHARACTERS
      ? []
      : [{ kind: Number(kind), schema: parseSchema(JSON.parse(text)) }];
  } catch (error) {
    if (error instanceof SchemaError || error instanceof SyntaxError) return [];
    throw error;
  }
}

/** The tags of schemas: their text, or the hash of a long text. */
export function schemaTags(schemas: readonly KindSchema[], name: TagName): string[][] {
  return schemas.map((each) => {
    const long = longTextOf(each);
    const text = long === null ? JSON.stringify(each.schema) : `sha256:${sha256Hex(long)}`;
    return [name, String(each.kind), text];
  });
}

/** The text of a schema that is too long for the announcement; otherwise null. */
export function longTextOf({ schema }: KindSchema): string | null {
  const text = JSON.stringify(schema);
  return text.length > MAX_SCHEMA_CHARACTERS ? text : null;
}

/** The schema of a kind; undefined if there is none. If there are several, the first one counts. */
export function schemaOfKind(
  schemas: readonly KindSchema[] | undefined,
  kind: number,
): JsonSchema | undefined {
  return schemas?.find((each) => each.kind === kind)?.schema;
}
