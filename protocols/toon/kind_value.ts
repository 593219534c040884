/**
 * The two tokens that the kind scanner reads: the key `kind` and a number. They have the same form in TOON and JSON. Pure.
 *
 * @module
 */

/** No top-level kind. The codes are negative, so a scan can return a number: a kind, or one of these codes. */
export const NOT_FOUND: number = -1;
/** More than one top-level kind. */
export const TWICE: number = -2;
/** A kind that is not an integer. */
export const NOT_INTEGER: number = -3;
/** A kind below 0 or above 65,535. */
export const OUT_OF_RANGE: number = -4;
/** JSON that is incomplete, or has text after its end. */
export const STRUCTURE: number = -5;
/** Bytes that are not UTF-8. */
export const NOT_UTF8: number = -6;

const KIND = [0x6b, 0x69, 0x6e, 0x64] as const;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * If the quoted key `kind` starts at `at` (after its opening quote), the offset after its closing quote, otherwise -1. Each letter may be
 * written as itself or as `\u00xx`; no other escape gives one of these letters.
 */
export function endOfKindKey(bytes: Uint8Array, at: number): number {
  for (const letter of KIND) {
    if (bytes[at] === letter) at++;
    else if (bytes[at] === 0x5c && bytes[at + 1] === 0x75 && codeUnit(bytes, at + 2) === letter) {
      at += 6;
    } else return -1;
  }
  return bytes[at] === 0x22 ? at + 1 : -1;
}

/** The kind in the bytes from `from` to `to`, or {@link NOT_INTEGER} or {@link OUT_OF_RANGE}. `1e3` and `1.0` are integers. */
export function kindOfToken(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 0 || length > 5 || (length > 1 && bytes[from] === 0x30)) {
    return kindOfNumber(bytes, from, to);
  }
  let kind = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return kindOfNumber(bytes, from, to);
    kind = kind * 10 + digit;
  }
  return kind > 65_535 ? OUT_OF_RANGE : kind;
}

function kindOfNumber(bytes: Uint8Array, from: number, to: number): number {
  let text = "";
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
  if (!NUMBER.test(text)) return NOT_INTEGER;
  const value = Number(text);
  if (!Number.isInteger(value)) return NOT_INTEGER;
  if (value < 0 || value > 65_535) return OUT_OF_RANGE;
  return value === 0 ? 0 : value;
}

/** Four hex digits as a code unit, or NaN. */
function codeUnit(bytes: Uint8Array, at: number): number {
  let unit = 0;
  for (let next = at; next < at + 4; next++) {
    const byte = bytes[next]! | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39
      ? byte - 0x30
      : byte >= 0x61 && byte <= 0x66
      ? byte - 0x57
      : NaN;
    unit = unit * 16 + digit;
  }
  return unit;
}
