/**
 * Turns a terminal's bytes into names of keys, named as `node:readline` names them.
 *
 * Held: the start of an escape sequence whose end has not come yet, at most 64 characters.
 *
 * @see https://invisible-island.net/xterm/ctlseqs/ctlseqs.html "PC-Style Function Keys"
 * @module
 */

/** How long the rest of an escape sequence may take, in milliseconds. Until then, the key Escape is not known to be one. */
const REST_MS = 100;
const MAX_HELD = 64;

/**
 * Calls `onKey` for each key in the written bytes: `a`, `?`, `up`, `pagedown`, `return`, `ctrl+c`. An escape sequence that is split over
 * several chunks counts as one key. A sequence without a name is one key too, so that no part of it acts as a letter.
 *
 * @param rest Calls back when the rest of a sequence does not come any more; returns what stops that.
 */
export function keyReader(
  onKey: (key: string) => void,
  rest: (late: () => void) => () => void = afterAPause,
): { readonly write: (bytes: Uint8Array) => void } {
  const decoder = new TextDecoder();
  let held = "";
  let stop = () => {};
  return {
    write(bytes) {
      stop();
      held += decoder.decode(bytes, { stream: true });
      for (let found = nextKey(held); found !== null; found = nextKey(held)) {
        held = held.slice(found.length);
        onKey(found.name);
      }
      if (held === "") return;
      stop = rest(() => {
        const name = held.replaceAll("\x1b", "") === "" ? "escape" : held;
        held = "";
        onKey(name);
      });
    },
  };
}

function afterAPause(late: () => void): () => void {
  const timer = setTimeout(late, REST_MS);
  return () => clearTimeout(timer);
}

/** The first key of a text, and how long it is there; null if the rest is missing. */
function nextKey(text: string): { readonly name: string; readonly length: number } | null {
  if (text === "") return null;
  const sequence = SEQUENCE.exec(text);
  if (sequence !== null) {
    const [all, start, parameters, end] = sequence;
    const [, number, modifiers = /[~^$]/.test(end) ? "" : number] = NUMBERS.exec(parameters) ?? [];
    const name = number === undefined || parameters !== "" && /[a-z]/.test(end)
      ? undefined
      : NAMES[start + (/[~^$]/.test(end) ? `${number}~` : end)];
    if (name === undefined) return { name: all, length: all.length };
    const isCtrl = ((Number(modifiers || 1) - 1) & 4) !== 0 || end === "^" || /O[a-e]/.test(all);
    return { name: isCtrl ? `ctrl+${name}` : name, length: all.length };
  }
  if (UNFINISHED.test(text) && text.length < MAX_HELD) return null;
  // With Alt, a terminal sends Escape before the character.
  const escapes = text.startsWith("\x1b\x1b") ? 2 : text.startsWith("\x1b") ? 1 : 0;
  const character = String.fromCodePoint(text.codePointAt(escapes) ?? 0x1b);
  const name = nameOf(character, escapes > 0);
  const length = escapes + character.length;
  return { name: name ?? text.slice(0, length), length };
}

/** The name of a character; null for one that Alt makes a key without a name. */
function nameOf(character: string, isAlt: boolean): string | null {
  const named = CHARACTERS[character];
  if (named !== undefined) return named;
  if (isAlt) return /^[0-9A-Za-z]$/.test(character) ? character.toLowerCase() : null;
  const code = character.charCodeAt(0);
  return code <= 0x1a ? `ctrl+${String.fromCharCode(code + 0x60)}` : character;
}

/** Escape, once more with Alt; `O` or `[`, of some consoles `[[`; a number and the modifiers; the key. */
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b\x1b?(O|\[\[?)([0-?]*)([@-~$])/;
/** The key's number, and 1 more than the sum of the modifiers: 1 Shift, 2 Alt, 4 Ctrl. */
const NUMBERS = /^(\d*)(?:;(\d*))?$/;
// deno-lint-ignore no-control-regex
const UNFINISHED = /^\x1b\x1b?(?:$|(?:O|\[\[?)[0-?]*$)/;

const CHARACTERS: Readonly<Record<string, string | undefined>> = {
  "\r": "return",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\x7f": "backspace",
  "\x1b": "escape",
  " ": "space",
};

const NAMES: Readonly<Record<string, string | undefined>> = {
  ...keys("[A [B [C [D [E [F [H", "up down right left clear end home"),
  ...keys("OA OB OC OD OE OF OH", "up down right left clear end home"),
  ...keys("[a [b [c [d [e", "up down right left clear"),
  ...keys("Oa Ob Oc Od Oe", "up down right left clear"),
  ...keys("[1~ [2~ [3~ [4~ [5~ [6~ [7~ [8~", "home insert delete end pageup pagedown home end"),
  ...keys("[[5~ [[6~ [Z", "pageup pagedown tab"),
};

function keys(codes: string, names: string): Readonly<Record<string, string>> {
  const all = names.split(" ");
  return Object.fromEntries(codes.split(" ").map((code, i) => [code, all[i]]));
}
