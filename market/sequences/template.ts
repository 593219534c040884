/**
 * Texts with places that are filled in with results of earlier steps: `log of the build: {{ steps.build.result.log }}`. The braces contain
 * one reference, or a text in quotes (`{{ "{{" }}` gives two braces). Text that was filled in is not parsed again.
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

/** A parsed template: texts, and references between them. */
export type Template = readonly (string | Reference)[];

/** Parses a template. Throws SequenceError `bad_sequence`. */
export function parseTemplate(text: string): Template {
  const parts: (string | Reference)[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf("{{", at);
    if (open < 0) break;
    if (open > at) parts.push(text.slice(at, open));
    const close = endOf(text, open + 2);
    if (close < 0) {
      throw new SequenceError(
        "bad_sequence",
        `"{{" without "}}" after it (at character ${open + 1})`,
        'close it, or write {{ "{{" }} for two braces',
      );
    }
    parts.push(partOf(text.slice(open + 2, close).trim()));
    at = close + 2;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

/** The references of a template. */
export function referencesOf(template: Template): readonly Reference[] {
  return template.filter((part): part is Reference => typeof part !== "string");
}

/**
 * Fills in a template. A text is inserted unchanged, a number or boolean in its JSON form, a list or object as JSON.
 *
 * @throws {SequenceError} `missing_value` if a reference has no value or is null, `too_large` above `maxBytes`
 */
export function renderTemplate(template: Template, values: StepValues, maxBytes: number): string {
  let text = "";
  for (const part of template) {
    text += typeof part === "string" ? part : filledIn(part, values);
    if (text.length > maxBytes) throw tooLarge(maxBytes);
  }
  if (new TextEncoder().encode(text).length > maxBytes) throw tooLarge(maxBytes);
  return text;
}

function filledIn(reference: Reference, values: StepValues): string {
  const value: JsonValue | undefined = lookUp(reference, values);
  if (value === undefined || value === null) {
    throw new SequenceError(
      "missing_value",
      `${reference.text} has no value`,
      "look at the step's result with 'crosstown job sequence status', or skip this step by 'when'",
    );
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The position of the closing braces. Braces inside quotes do not count. */
function endOf(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length - 1; at++) {
    if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text.startsWith("}}", at)) return at;
  }
  return -1;
}

function partOf(inner: string): string | Reference {
  const quoted = /^"([^"]*)"$/.exec(inner);
  return quoted === null ? parseReference(inner) : quoted[1];
}

function tooLarge(maxBytes: number): SequenceError {
  return new SequenceError(
    "too_large",
    `the text has more than ${maxBytes} bytes after results are filled in`,
    "use a part of the result, e.g. steps.NAME.result.tests",
  );
}
