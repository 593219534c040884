/** The schemas of docs/schema/, as a program reads them and, for tests, closed: a field that they do not name is a fault. */
import { Ajv2020 } from "ajv/dist/2020.js";

const FOLDER = new URL("../../docs/schema/", import.meta.url);

/** A schema as it is in its file. */
// deno-lint-ignore no-explicit-any
export type Schema = any;

/** The schemas of documents by name, `job`; `config` is one of a file. */
export function documentSchemas(): ReadonlyMap<string, Schema> {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name.replace(/\.json$/, ""));
  return new Map(
    names.filter((name) => name !== "config").sort()
      .map((name) => [name, JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, FOLDER)))]),
  );
}

/** What is wrong with a document, a line each. */
export function faultsOf(name: string, document: unknown, open = false): readonly string[] {
  const schema = documentSchemas().get(name);
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  const check = ajv.compile(open ? schema : closed(schema));
  if (check(document)) return [];
  return check.errors!.map(({ instancePath, message, params }) =>
    `${instancePath || "/"} ${message} ${JSON.stringify(params)}`
  );
}

/** The schema in which every object that lists its fields allows no others. */
function closed(schema: Schema): Schema {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const inside = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === "properties"
        ? Object.fromEntries(
          Object.entries(value as object).map(([name, each]) => [name, closed(each)]),
        )
        : closed(value),
    ]),
  );
  return "properties" in schema && !("additionalProperties" in schema)
    ? { ...inside, additionalProperties: false }
    : inside;
}
