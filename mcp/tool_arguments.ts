/**
 * What is wrong with the arguments of a tool's call, in words: which argument, and what is expected. The SDK's validator decides
 * whether they are wrong; its messages do not name an argument that a tool does not have, and not the values that one may have.
 *
 * @module
 */
import { fromJsonSchema, type JsonSchemaType } from "@modelcontextprotocol/server";
import { nearest } from "../base/config_error.ts";
import { UsageError } from "../shell/errors.ts";
import { printableLine } from "../shell/output.ts";
import type { ToolArguments } from "./tool.ts";

/** The part of JSON Schema that tools use. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: false | Schema;
}

/** A tool's schema for the SDK. Wrong arguments get through: {@link checkArguments} refuses them in words. */
export function announcedSchema(input: JsonSchemaType) {
  const schema = fromJsonSchema<ToolArguments>(input);
  const { "~standard": standard } = schema;
  const validate = (value: unknown) => ({ value: value as ToolArguments });
  return { ...schema, "~standard": { ...standard, validate } };
}

/** Throws UsageError if the arguments do not fit; the message names the tool, the argument and what is expected. */
export function checkArguments(tool: string, input: JsonSchemaType, given: unknown): void {
  const checked = fromJsonSchema(input)["~standard"].validate(given);
  if (!("issues" in checked) || checked.issues === undefined) return;
  const [message, suggestion] = misfit("", input as Schema, given) ??
    [checked.issues[0]?.message ?? "they do not fit", "see its input schema"];
  throw new UsageError(`${tool}: ${message}`, suggestion);
}

/** The first misfit: what is wrong, and what is expected. */
function misfit(name: string, schema: Schema, value: unknown): [string, string] | null {
  const expected = expectedOf(schema);
  const wrong: [string, string] = [`${name || "arguments"} must be ${expected}`, hint(schema)];
  if (schema.enum !== undefined) return schema.enum.includes(value as string) ? null : wrong;
  if (schema.type === "object") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong;
    return misfitOfObject(name, schema, value as Record<string, unknown>);
  }
  if (schema.type === "array") {
    if (!Array.isArray(value) || value.length > (schema.maxItems ?? Infinity)) return wrong;
    for (const [i, item] of value.entries()) {
      const found = misfit(`${name}[${i}]`, schema.items ?? {}, item);
      if (found !== null) return found;
    }
    return null;
  }
  if (schema.type === "integer") {
    const fits = Number.isInteger(value) && Number(value) >= (schema.minimum ?? -Infinity) &&
      Number(value) <= (schema.maximum ?? Infinity);
    return fits ? null : wrong;
  }
  if (schema.type === "string") {
    const fits = typeof value === "string" &&
      [...value].length <= (schema.maxLength ?? Infinity) &&
      (schema.pattern === undefined || new RegExp(schema.pattern, "u").test(value));
    return fits ? null : wrong;
  }
  return schema.type === undefined || typeof value === schema.type ? null : wrong;
}

function misfitOfObject(
  name: string,
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
): [string, string] | null {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  const path = (key: string) => name === "" ? key : `${name}.${key}`;
  for (const [key, each] of Object.entries(value)) {
    const own = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    const shown = printableLine(key).slice(0, MAX_SHOWN);
    if (own === false || own === undefined && propertyNames === undefined) {
      return [`there is no argument ${path(shown)}`, nearest(shown, Object.keys(properties))];
    }
    const found = (propertyNames && misfit(`the name ${path(shown)}`, {
      type: "string",
      ...propertyNames,
    }, key)) ?? misfit(path(shown), own ?? {}, each);
    if (found !== null) return found;
  }
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) {
    return [`${path(missing)} is missing`, hint(properties[missing] ?? {})];
  }
  return Object.keys(value).length > (schema.maxProperties ?? Infinity)
    ? [`${name} must be ${expectedOf(schema)}`, hint(schema)]
    : null;
}

/** What a value must be, e.g. `an integer from 1 to 3600`. */
function expectedOf({ type, enum: values, pattern, ...limits }: Schema): string {
  if (values !== undefined) return `one of ${values.join(", ")}`;
  if (type === "integer") return `an integer${between(limits.minimum, limits.maximum)}`;
  if (type === "array") {
    return `a list${limits.maxItems === undefined ? "" : ` of at most ${limits.maxItems}`}`;
  }
  if (type === "object") {
    const most = limits.maxProperties;
    return `an object${most === undefined ? "" : ` of at most ${most} names`}`;
  }
  const length = limits.maxLength === undefined ? "" : ` of at most ${limits.maxLength} characters`;
  return `${type === "boolean" ? "true or false" : "a text"}${length}${
    pattern === undefined ? "" : ` that matches ${pattern}`
  }`;
}

function between(least?: number, most?: number): string {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  return least === undefined ? "" : ` of ${least} or more`;
}

function hint({ description }: Schema): string {
  return description === undefined ? "see the tool's input schema" : `it is ${description}`;
}

/** Characters of a wrong name that are repeated to the caller. */
const MAX_SHOWN = 60;
