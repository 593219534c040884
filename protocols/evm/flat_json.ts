/**
 * Strict reading of a flat JSON object: UTF-8, one object, values text or numbers, no key twice. Numbers keep their digits, so
 * that a reader can refuse `1e3` and integers that a number would round.
 *
 * @module
 */

/** A value as it stands in the text. */
export type FlatValue =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "number"; readonly source: string };

/** Makes the caller's own error. */
export type FlatFail = (code: "not_json" | "duplicate", detail: string, field?: string) => Error;

/** One JSON string, one number, or one of the signs of an object; whitespace before it is skipped. */
const TOKEN = /[ \t\n\r]*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}:,])/y;

/** The object's keys and values in their order. */
export function parseFlatJson(bytes: Uint8Array, fail: FlatFail): ReadonlyMap<string, FlatValue> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail("not_json", "it must be UTF-8");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fail("not_json", "it must be JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail("not_json", "it must be a JSON object");
  }
  return members(text, fail);
}

/** Walks the tokens of valid JSON; a value of any other kind stops the walk. */
function members(text: string, fail: FlatFail): ReadonlyMap<string, FlatValue> {
  const members = new Map<string, FlatValue>();
  const tokens = new RegExp(TOKEN);
  let key: string | null = null;
  let open = false;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const token = match[1];
    if (token === "}") return members;
    if (token === "{") {
      // JSON.parse keeps the last of two equal keys, so only this walk sees an object under the first.
      if (open) break;
      open = true;
    } else if (token !== "," && token !== ":") {
      if (key === null) {
        key = JSON.parse(token) as string;
        if (members.has(key)) throw fail("duplicate", `${quoted(key)} stands twice`, key);
      } else {
        members.set(key, flatValue(token));
        key = null;
      }
    }
  }
  throw fail("not_json", `${key === null ? "a value" : quoted(key)} must be text or a number`);
}

function flatValue(token: string): FlatValue {
  return token.startsWith('"')
    ? { type: "text", text: JSON.parse(token) as string }
    : { type: "number", source: token };
}

function quoted(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}...` : key);
}
