/**
 * Conditions of steps: `steps.build.exit_code == 0 and not steps.lint.status == "failed"`. A condition is parsed into a tree before
 * anything is bought. No part of it is ever run as code.
 *
 * ```text
 * condition  = conjunction { "or" conjunction }
 * conjunction = term { "and" term }
 * term       = "not" term | "(" condition ")" | value [ operator value ]
 * operator   = "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains"
 * value      = reference | number | "text" | 'text' | "true" | "false" | "null"
 * ```
 *
 * @module
 */
import { SequenceError } from "./sequence_error.ts";
import {
  type JsonValue,
  lookUp,
  parseReference,
  type Reference,
  type StepValues,
} from "./reference.ts";

/** A parsed condition. */
export type Condition =
  | { readonly op: "value"; readonly value: JsonValue }
  | { readonly op: "reference"; readonly reference: Reference }
  | { readonly op: "not"; readonly of: Condition }
  | { readonly op: "and" | "or" | Comparison; readonly left: Condition; readonly right: Condition };

type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains";

const MAX_LENGTH = 1_000;
const MAX_DEPTH = 32;
const TOKEN =
  /\s*(?:(==|!=|<=|>=|<|>|\(|\))|"([^"]*)"|'([^']*)'|(-?\d+(?:\.\d+)?)(?![\w.])|([A-Za-z][\w.-]*))/y;
const COMPARISONS: readonly string[] = ["==", "!=", "<", "<=", ">", ">=", "contains"];
const SUGGESTION = 'write e.g. steps.build.exit_code == 0 and steps.lint.status == "success"';

/** Parses a condition. Throws SequenceError `bad_sequence`. */
export function parseCondition(text: string): Condition {
  if (text.length > MAX_LENGTH) throw wrong(`it is longer than ${MAX_LENGTH} characters`);
  const tokens = tokensOf(text);
  let at = 0;
  const peek = () => tokens[at]?.word;
  const take = (word: string) => peek() === word && ++at > 0;

  const either = (depth: number): Condition => {
    if (depth > MAX_DEPTH) throw wrong(`it is nested deeper than ${MAX_DEPTH}`);
    let left = both(depth);
    while (take("or")) left = { op: "or", left, right: both(depth) };
    return left;
  };
  const both = (depth: number): Condition => {
    let left = term(depth);
    while (take("and")) left = { op: "and", left, right: term(depth) };
    return left;
  };
  const term = (depth: number): Condition => {
    if (depth > MAX_DEPTH) throw wrong(`it is nested deeper than ${MAX_DEPTH}`);
    if (take("not")) return { op: "not", of: term(depth + 1) };
    if (take("(")) {
      const inner = either(depth + 1);
      if (!take(")")) throw wrong('a ")" is missing');
      return inner;
    }
    const left = operand();
    const operator = peek();
    if (operator === undefined || !COMPARISONS.includes(operator)) return left;
    at++;
    return { op: operator as Comparison, left, right: operand() };
  };
  const operand = (): Condition => {
    const token = tokens[at++];
    if (token === undefined) throw wrong("something is missing at its end");
    if (token.value !== undefined) return { op: "value", value: token.value };
    if (token.word !== undefined && /^steps\./.test(token.word)) {
      return { op: "reference", reference: parseReference(token.word) };
    }
    throw wrong(`${JSON.stringify(token.word)} is not a value`);
  };

  const condition = either(0);
  if (at < tokens.length) {
    throw wrong(`${JSON.stringify(tokens[at].word ?? tokens[at].value)} is unexpected`);
  }
  return condition;
}

/** The references of a condition. */
export function conditionReferences(condition: Condition): readonly Reference[] {
  switch (condition.op) {
    case "value":
      return [];
    case "reference":
      return [condition.reference];
    case "not":
      return conditionReferences(condition.of);
    default:
      return [...conditionReferences(condition.left), ...conditionReferences(condition.right)];
  }
}

/**
 * Whether a condition is true. Values of different types are never equal. Only numbers can be compared by size.
 *
 * @throws {SequenceError} `missing_value` if a reference has no value, `bad_condition` if a value has the wrong type
 */
export function holds(condition: Condition, values: StepValues): boolean {
  const value = evaluate(condition, values);
  if (typeof value !== "boolean") throw wrongKind("a condition", "true or false", value);
  return value;
}

function evaluate(condition: Condition, values: StepValues): JsonValue {
  switch (condition.op) {
    case "value":
      return condition.value;
    case "reference": {
      const found = lookUp(condition.reference, values);
      if (found !== undefined) return found;
      throw new SequenceError(
        "missing_value",
        `${condition.reference.text} has no value`,
        'ask for the step\'s status first, e.g. steps.NAME.status == "success" and ...',
      );
    }
    case "not":
      return !holds(condition.of, values);
    case "and":
      return holds(condition.left, values) && holds(condition.right, values);
    case "or":
      return holds(condition.left, values) || holds(condition.right, values);
    default:
      return compare(
        condition.op,
        evaluate(condition.left, values),
        evaluate(condition.right, values),
      );
  }
}

function compare(op: Comparison, left: JsonValue, right: JsonValue): boolean {
  switch (op) {
    case "==":
      return same(left, right);
    case "!=":
      return !same(left, right);
    case "contains":
      if (typeof left === "string" && typeof right === "string") return left.includes(right);
      if (Array.isArray(left)) return left.some((each) => same(each, right));
      throw wrongKind("what contains", "a text or a list", left);
  }
  if (typeof left !== "number") throw wrongKind(`what is ${op}`, "a number", left);
  if (typeof right !== "number") throw wrongKind(`what is ${op}`, "a number", right);
  return op === "<"
    ? left < right
    : op === "<="
    ? left <= right
    : op === ">"
    ? left > right
    : left >= right;
}

function same(left: JsonValue, right: JsonValue): boolean {
  return typeof left === "object" && left !== null
    ? JSON.stringify(left) === JSON.stringify(right)
    : left === right;
}

interface Token {
  readonly word?: string;
  readonly value?: JsonValue;
}

const WORDS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  while (text.slice(pattern.lastIndex).trim() !== "") {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      throw wrong(`it cannot be read at ${JSON.stringify(text.slice(from, from + 20))}`);
    }
    const [, sign, double, single, number, word] = match;
    if (sign !== undefined) tokens.push({ word: sign });
    else if (number !== undefined) tokens.push({ value: Number(number) });
    else if (word !== undefined) {
      tokens.push(WORDS.has(word) ? { value: WORDS.get(word)! } : { word });
    } else tokens.push({ value: double ?? single });
  }
  if (tokens.length === 0) throw wrong("it is empty");
  return tokens;
}

function wrong(why: string): SequenceError {
  return new SequenceError("bad_sequence", `the condition cannot be read: ${why}`, SUGGESTION);
}

function wrongKind(what: string, must: string, got: JsonValue): SequenceError {
  const kind = got === null ? "null" : Array.isArray(got) ? "a list" : `a ${typeof got}`;
  return new SequenceError("bad_condition", `${what} must be ${must} (got ${kind})`, SUGGESTION);
}
