/**
 * Whether the user's terminal shows characters beyond ASCII.
 *
 * @module
 */

/** Terminals that do not. */
const PLAIN: readonly string[] = ["dumb", "linux"];
/** Variables that name the user's characters, the strongest first. */
const LOCALES = ["LC_ALL", "LC_CTYPE", "LANG"] as const;
type Name = "TERM" | typeof LOCALES[number];

/**
 * By `TERM`, and by the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set, as C programs read them. Without any of these, the terminal is
 * taken for a modern one, because containers often set none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { showsUnicode } from "./unicode.ts";
 *
 * const of = (env: Record<string, string>) => showsUnicode((name) => env[name]);
 * assert.equal(of({ TERM: "xterm-256color" }), true);
 * assert.equal(of({ TERM: "xterm-256color", LANG: "de_DE.UTF-8" }), true);
 * assert.equal(of({ TERM: "xterm-256color", LANG: "de_DE.UTF-8", LC_ALL: "C" }), false);
 * assert.equal(of({ TERM: "linux", LANG: "de_DE.UTF-8" }), false);
 * ```
 */
export function showsUnicode(env: (name: Name) => string | undefined): boolean {
  if (PLAIN.includes(env("TERM") ?? "")) return false;
  const locale = LOCALES.map(env).find((value) => value) ?? "UTF-8";
  return /utf-?8/i.test(locale);
}
