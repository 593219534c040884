/**
 * The frames of documents on standard input and output: RS (0x1E), the byte length in decimal, a space, the learned fields as
 * space-separated `key=value`, LF, the bytes, LF. The length is needed because a document may contain any control character.
 *
 * Values are percent-encoded. A value that reads as a number is a number; a string that would read so has its first character encoded. A
 * refusal is three keys that no stage can learn: `error.stage`, `error.code`, `error.message`.
 *
 * @module
 */
import type { Item, Known, Refusal } from "../stages/stage.ts";

/** A document outside of a pipeline. */
export type Document = Omit<Item, "seq">;

/** The first byte of a frame. */
export const RECORD_SEPARATOR = 0x1e;

const LINE_FEED = 0x0a;
const KEY = /^[a-z][a-z0-9_]*$/;
const ERROR_KEYS = ["error.stage", "error.code", "error.message"];

/**
 * One document as a frame.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeFrame } from "./stdio_frames.ts";
 *
 * const bytes = new TextEncoder().encode("kind: 1");
 * const frame = encodeFrame({ bytes, known: { kind: 1, tag: "a b" } });
 * assert.equal(new TextDecoder().decode(frame), "\x1e7 kind=1 tag=a%20b\nkind: 1\n");
 * ```
 */
export function encodeFrame(document: Document): Uint8Array {
  const { bytes, known, refusal } = document;
  const pairs = Object.entries(known).map(([key, value]) => `${key}=${encodeValue(value)}`);
  if (refusal !== undefined) {
    const texts = [refusal.stage, refusal.code, refusal.message];
    ERROR_KEYS.forEach((key, index) => pairs.push(`${key}=${encodeValue(texts[index])}`));
  }
  const head = new TextEncoder().encode(`\x1e${bytes.length} ${pairs.join(" ")}\n`);
  const frame = new Uint8Array(head.length + bytes.length + 1);
  frame.set(head);
  frame.set(bytes, head.length);
  frame[frame.length - 1] = LINE_FEED;
  return frame;
}

/** Parses the line between RS and LF. Throws {@link FrameError} `bad_length`, or `bad_known` with the length. */
export function parseFrameHead(line: string): {
  readonly length: number;
  readonly known: Known;
  readonly refusal?: Refusal;
} {
  const [digits, ...pairs] = line.split(" ");
  const length = Number(digits);
  if (!/^(0|[1-9][0-9]{0,15})$/.test(digits) || !Number.isSafeInteger(length)) {
    throw new FrameError("bad_length", "Cannot read a frame: its length is no number");
  }
  const bad = () =>
    new FrameError("bad_known", "Cannot read a frame: malformed key or value", length);
  const known: Record<string, string | number> = {};
  const error: Record<string, string> = {};
  for (const pair of pairs) {
    if (pair === "" && pairs.length === 1) break;
    const equals = pair.indexOf("=");
    const key = pair.slice(0, Math.max(equals, 0));
    const value = decodeValue(pair.slice(equals + 1));
    if (value === undefined || Object.hasOwn(known, key) || key in error) throw bad();
    if (ERROR_KEYS.includes(key)) error[key] = String(value);
    else if (KEY.test(key)) known[key] = value;
    else throw bad();
  }
  const [stage, code, message] = ERROR_KEYS.map((key) => error[key]);
  if (stage === undefined && code === undefined && message === undefined) return { length, known };
  if (stage === undefined || code === undefined || message === undefined || length > 0) throw bad();
  return { length, known, refusal: { stage, code, message } };
}

function encodeValue(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = encodeURIComponent(value.toWellFormed());
  if (!isNumber(text)) return text;
  return `%${text.charCodeAt(0).toString(16).toUpperCase()}${text.slice(1)}`;
}

function decodeValue(text: string): string | number | undefined {
  if (isNumber(text)) return Number(text);
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Only the canonical form of a number counts as a number, so that ids of digits stay text. */
function isNumber(text: string): boolean {
  const number = Number(text);
  return Number.isFinite(number) && String(number) === text;
}

/** A frame that cannot be read. If it has a `length`, its end is known, and reading continues after it. */
export class FrameError extends Error {
  /** Always `FrameError`. */
  override readonly name = "FrameError";
  /** `bad_length`: the start of the next frame is unknown. `bad_known`: it is known. */
  readonly code: "bad_length" | "bad_known";
  /** Bytes of the document, if known. */
  readonly length: number | undefined;
  /** Makes an error with its code. */
  constructor(code: FrameError["code"], message: string, length?: number) {
    super(message);
    this.code = code;
    this.length = length;
  }
}
