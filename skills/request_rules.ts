/**
 * The rules of a skill for its requests. A provider refuses other requests before they are paid. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md#job-request-kind5000-5999
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { type JsonSchema, misfitOfText } from "./json_schema.ts";
import { SkillError } from "./skill_error.ts";

/** The types of `i` tags (NIP-90). */
export const INPUT_TYPES = ["text", "url", "event", "job"] as const;

/** The rules for a request. They can be cloned (structured clone). */
export interface RequestRules {
  /** The accepted types of inputs. */
  readonly inputs: readonly (typeof INPUT_TYPES)[number][];
  /** The fewest inputs. */
  readonly leastInputs: number;
  /** The most inputs. */
  readonly mostInputs: number;
  /** The known params; others are refused. Null if any are accepted. */
  readonly params: readonly string[] | null;
  /** The required params. */
  readonly required: readonly string[];
  /** By param, its only values. Missing for params that take any value. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** The schema of each input of type text. Without it, any text is accepted. */
  readonly schema?: JsonSchema;
}

/** The rules of a skill that defines none. They only refuse URLs that are not network addresses. */
export const ANY_REQUEST: RequestRules = {
  inputs: INPUT_TYPES,
  leastInputs: 0,
  mostInputs: 1_000,
  params: null,
  required: [],
};

/** Params about the format of an input and the platform of a job. Every skill accepts them. */
const COMMON_PARAMS = ["encoding", "mime", "name", "platform"];

/**
 * Checks a request. A URL whose scheme is not one of a network (for example `file:`) is refused for every skill, because it would name a
 * file of the provider.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ANY_REQUEST, checkRequest } from "./request_rules.ts";
 *
 * const tags = [["i", "file:///etc/passwd", "url"]];
 * assert.throws(() => checkRequest({ tags }, ANY_REQUEST), { code: "bad_input" });
 * ```
 *
 * @throws {SkillError} `bad_input`, with a message for the buyer
 */
export function checkRequest(
  { tags }: Pick<NostrEvent, "tags">,
  { inputs, leastInputs, mostInputs, params, required, values = {}, schema }: RequestRules,
): void {
  const given = tags.filter((tag) => tag[0] === "i" && tag[1] !== undefined);
  for (const [, value, type = "text"] of given) {
    if (!(inputs as readonly string[]).includes(type)) {
      bad(`it takes inputs of type ${inputs.join(", ") || "none"}, not ${show(type)}`);
    }
    if (type === "url" && !/^(https?|wss?|ipfs|magnet|nostr):/i.test(value)) {
      bad(`an input of type url is the address of something on a network, not ${show(value)}`);
    }
  }
  if (given.length < leastInputs) {
    bad(`it needs ${leastInputs} ${leastInputs === 1 ? "input" : "inputs"}, ${given.length} came`);
  }
  if (given.length > mostInputs) {
    bad(`it takes ${mostInputs} ${mostInputs === 1 ? "input" : "inputs"}, ${given.length} came`);
  }
  const named = tags.filter((tag) => tag[0] === "param").map((tag) => tag[1] ?? "");
  const twice = named.find((name, at) => named.indexOf(name) !== at);
  if (twice !== undefined) bad(`param ${show(twice)} is given twice`);
  const known = params === null ? null : [...params, ...COMMON_PARAMS];
  const unknown = known === null ? undefined : named.find((name) => !known.includes(name));
  if (unknown !== undefined) bad(`it has no param ${show(unknown)}, only ${known!.join(", ")}`);
  const missing = required.find((name) => !named.includes(name));
  if (missing !== undefined) bad(`it needs a param ${missing}`);
  for (const [, name = "", value = ""] of tags.filter((tag) => tag[0] === "param")) {
    if (!Object.hasOwn(values, name) || values[name].includes(value)) continue;
    bad(`${name} is ${values[name].join(" or ")} here, not ${show(value)}`);
  }
  if (schema !== undefined) checkInputs(tags, schema);
}

function bad(why: string): never {
  throw new SkillError("bad_input", `this skill cannot run the request: ${why}`);
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

/** Checks each input of type text against a schema. Throws SkillError `bad_input`. */
export function checkInputs(
  tags: readonly (readonly string[])[],
  schema: JsonSchema,
): void {
  for (const [at, [, text]] of tags.filter(isText).entries()) {
    const found = misfitOfText(schema, text);
    if (found !== null) bad(`input ${at + 1} does not fit its schema: ${found}`);
  }
}

function isText([name, value, type = "text"]: readonly string[]): boolean {
  return name === "i" && value !== undefined && (type || "text") === "text";
}
