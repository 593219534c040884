/**
 * The schemas in an announcement: what the text inputs and the results of a kind must match.
 *
 * ```text
 * ["input_schema","5650","{\"type\":\"object\"}"]   of each text input
 * ["output_schema","5650","{\"type\":\"integer\"}"] of the result
 * ```
 *
 * @module
 */
import { type JsonSchema, parseSchema, SchemaError } from "../skills/json_schema.ts";

/** The schema of a kind's inputs or results. */
export interface KindSchema {
  /** The kind of the request. */
  readonly kind: number;
  /** The schema as the provider's skill declares it. */
  readonly schema: JsonSchema;
}

/** A longer schema is left out of the announcement, because the provider pays for these bytes at each heartbeat. */
const MAX_SCHEMA_CHARACTERS = 512;
const MAX_SCHEMAS = 64;

type TagName = "input_schema" | "output_schema";

/** Reads the schemas. One that is invalid, too long or unknown to this program is left out, because it cannot be checked here. */
export function readSchemas(
  tags: readonly (readonly string[])[],
  name: TagName,
): readonly KindSchema[] {
  return tags.filter((tag) => tag[0] === name).slice(0, MAX_SCHEMAS).flatMap(readSchema);
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

/** The tags of schemas that are short enough. */
export function schemaTags(schemas: readonly KindSchema[], name: TagName): string[][] {
  return schemas.map(({ kind, schema }) => [name, String(kind), JSON.stringify(schema)])
    .filter(([, , text]) => text.length <= MAX_SCHEMA_CHARACTERS);
}

/** The schema of a kind; undefined if there is none. If there are several, the first one counts. */
export function schemaOfKind(
  schemas: readonly KindSchema[] | undefined,
  kind: number,
): JsonSchema | undefined {
  return schemas?.find((each) => each.kind === kind)?.schema;
}
