/**
 * The form of a batch between workers: the bytes of all items in one buffer, which is transferred, and a head for each item in one JSON
 * text (`[seq, length, known]` or `[seq, 0, known, refusal]`), which a structured clone copies fast. A received batch is checked completely
 * before use, because the worker at the other end has parsed data of strangers.
 *
 * @module
 */
import type { Batch, Item, Known, Refusal } from "../stages/stage.ts";

/** The most items in one message. */
export const MAX_BATCH_ITEMS = 256;
/** The most bytes in one message. A single item may be larger, up to {@link MAX_ITEM_BYTES}. */
export const MAX_BATCH_BYTES = 256 * 1024;
/** The most bytes of one item. */
const MAX_ITEM_BYTES = 16 * 1024 * 1024;

const MAX_HEADS_CHARS = 8 * 1024 * 1024;
const MAX_KNOWN_KEYS = 64;
const KEY = /^[a-z][a-z0-9_]*$/;

/** A batch on a port. */
interface Packed {
  /** JSON of a list of heads. */
  readonly heads: string;
  /** The bytes of all items, one after the other. */
  readonly bytes: ArrayBuffer;
}

/**
 * Packs items; their bytes are copied and stay usable.
 *
 * @throws {PackError} `bad_item` if an item could not be unpacked again. Then the stage that made it is broken.
 */
export function packBatch(items: Batch): Packed {
  let size = 0;
  for (const item of items) size += item.bytes.length;
  const packed = new Uint8Array(size);
  const heads: unknown[] = [];
  let offset = 0;
  for (const item of items) {
    checkItem(item);
    packed.set(item.bytes, offset);
    offset += item.bytes.length;
    const { seq, bytes, known, refusal } = item;
    heads.push(
      refusal === undefined ? [seq, bytes.length, known] : [seq, bytes.length, known, refusal],
    );
  }
  return { heads: JSON.stringify(heads), bytes: packed.buffer };
}

/**
 * Unpacks a received batch. The items' bytes are views of the one buffer.
 *
 * @throws {PackError} `bad_items` for anything that {@link packBatch} does not make, and for more than a message may contain.
 */
export function unpackBatch(packed: { heads?: unknown; bytes?: unknown }): Item[] {
  const { heads, bytes } = packed;
  if (typeof heads !== "string" || !(bytes instanceof ArrayBuffer)) throw bad("no heads or bytes");
  if (heads.length > MAX_HEADS_CHARS) throw bad(`${heads.length} characters of heads`);
  const list = parseHeads(heads);
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_BATCH_ITEMS) {
    throw bad(`must be 1 to ${MAX_BATCH_ITEMS} heads`);
  }
  if (bytes.byteLength > (list.length === 1 ? MAX_ITEM_BYTES : MAX_BATCH_BYTES)) {
    throw bad(`${bytes.byteLength} bytes in one message`);
  }
  const items: Item[] = [];
  let offset = 0;
  for (const head of list) {
    if (!Array.isArray(head) || head.length < 3 || head.length > 4) throw bad("malformed head");
    const [seq, length, known, refusal] = head;
    if (!Number.isSafeInteger(length) || length < 0 || length > bytes.byteLength - offset) {
      throw bad(`length ${String(length)} at offset ${offset}`);
    }
    const item: Item = refusal === undefined
      ? { seq, bytes: new Uint8Array(bytes, offset, length), known }
      : { seq, bytes: new Uint8Array(bytes, offset, length), known, refusal };
    checkItem(item);
    items.push(item);
    offset += length;
  }
  if (offset !== bytes.byteLength) throw bad(`${bytes.byteLength - offset} bytes too many`);
  return items;
}

/** Splits a batch that is too large for one message. The order is kept. */
export function* splitBatch(batch: Batch): Generator<Batch> {
  let start = 0;
  let size = 0;
  for (let index = 0; index < batch.length; index++) {
    const length = batch[index].bytes.length;
    const full = index - start >= MAX_BATCH_ITEMS || size + length > MAX_BATCH_BYTES;
    if (full && index > start) {
      yield batch.slice(start, index);
      start = index;
      size = 0;
    }
    size += length;
  }
  if (start < batch.length) yield start === 0 ? batch : batch.slice(start);
}

function parseHeads(heads: string): unknown {
  try {
    return JSON.parse(heads);
  } catch {
    throw bad("heads are not JSON");
  }
}

function checkItem(item: Item): void {
  const { seq, bytes, known, refusal } = item;
  if (!Number.isSafeInteger(seq) || seq < 0) throw badItem(`seq ${String(seq)}`);
  if (!(bytes instanceof Uint8Array) || bytes.length > MAX_ITEM_BYTES) throw badItem("bytes");
  checkKnown(known);
  if (refusal === undefined) return;
  if (bytes.length > 0) throw badItem(`refused item ${seq} still has bytes`);
  checkRefusal(refusal);
}

/** Keys that matched the pattern, so that it runs once for each key and not for each item. */
const goodKeys = new Set<string>();

function checkKnown(known: Known): void {
  if (typeof known !== "object" || known === null || Array.isArray(known)) throw badItem("known");
  let keys = 0;
  for (const key in known) {
    if (++keys > MAX_KNOWN_KEYS) throw badItem(`more than ${MAX_KNOWN_KEYS} known`);
    const value = known[key];
    if (typeof value !== "string" && !Number.isFinite(value)) throw badItem(`known value`);
    if (goodKeys.has(key)) continue;
    if (!KEY.test(key) || key.length > 64) throw badItem("known key");
    if (goodKeys.size < 1024) goodKeys.add(key);
  }
}

function checkRefusal(refusal: Refusal): void {
  const { stage, code, message } = refusal ?? {};
  if (typeof stage !== "string" || typeof code !== "string" || typeof message !== "string") {
    throw badItem("refusal");
  }
}

function bad(what: string): PackError {
  return new PackError("bad_items", `Cannot unpack a batch: ${what}`);
}

function badItem(what: string): PackError {
  return new PackError("bad_item", `Cannot pack or unpack an item: ${what} is malformed`);
}

/** A batch that must not cross a link. */
export class PackError extends Error {
  /** Always `PackError`. */
  override readonly name = "PackError";
  /** `bad_item`: one item is malformed. `bad_items`: the message is. */
  readonly code: "bad_item" | "bad_items";
  /** Makes a refusal with its code. */
  constructor(code: PackError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
