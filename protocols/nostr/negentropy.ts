/**
 * Range-based set reconciliation, protocol version 1 (NIP-77): two sets of events, ordered by time and id, find what each lacks by
 * comparing fingerprints of ranges. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/77.md
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import {
  type Bound,
  BoundReader,
  BoundWriter,
  INFINITE,
  Mode,
  NegentropyError,
  VERSION,
} from "./negentropy_codec.ts";
import { bytesToHex, hexToBytes } from "./hex.ts";

export { NegentropyError } from "./negentropy_codec.ts";

/** One element: when it was made, in seconds, and its id in hex. */
export interface NegentropyItem {
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  /** 64 hex digits. */
  readonly id: string;
}

/** What one side knows after a message. `reply` is null when there is nothing left to ask (the initiator only). */
interface NegentropyStep {
  readonly reply: Uint8Array | null;
  /** Ids that the other side lacks; only for the initiator. */
  readonly have: string[];
  /** Ids that this side lacks; only for the initiator. */
  readonly need: string[];
}

/** Into how many parts a range is split whose fingerprints differ. */
const BUCKETS = 16;
/** Bytes kept free for the range that closes a full message. */
const RESERVE_BYTES = 200;
const ID_BYTES = 32;

/**
 * One side's set, sealed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *  * import { NegentropySet } from "./negentropy.ts";
 *
 * const item = (n: number) => ({ createdAtS: n, id: n.toString(16).padStart(64, "0") });
 * const ours = new NegentropySet([item(1), item(2)]);
 * const theirs = new NegentropySet([item(2), item(3)]);
 * const answer = theirs.answer(ours.initiate());
 * assert.deepEqual(ours.step(answer), { reply: null, have: [item(1).id], need: [item(3).id] });
 * ```
 */
export class NegentropySet {
  readonly #times: number[];
  readonly #ids: string[];
  /** The ids' bytes, one after the other. */
  readonly #bytes: Uint8Array;
  readonly #words: DataView;
  readonly #maxBytes: number;

  /** Sorts the items; an id that occurs twice counts once. A message has at most `maxBytes`, 4,096 or more. */
  constructor(items: readonly NegentropyItem[], maxBytes = 65_536) {
    if (maxBytes < 4_096) throw new RangeError("maxBytes must be 4,096 or more");
    const sorted = [...items].sort((a, b) =>
      a.createdAtS - b.createdAtS || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
    ).filter((item, at, all) => item.id !== all[at - 1]?.id);
    this.#times = sorted.map(({ createdAtS }) => createdAtS);
    this.#ids = sorted.map(({ id }) => id);
    this.#bytes = new Uint8Array(sorted.length * ID_BYTES);
    sorted.forEach(({ id }, at) => this.#bytes.set(hexToBytes(id), at * ID_BYTES));
    this.#words = new DataView(this.#bytes.buffer);
    this.#maxBytes = maxBytes;
  }

  /** How many items there are. */
  get size(): number {
    return this.#times.length;
  }

  /** The first message of the side that asks. */
  initiate(): Uint8Array {
    const out = new BoundWriter();
    this.#split(0, this.size, { time: INFINITE, prefix: new Uint8Array(0) }, out);
    return out.message();
  }

  /** What the side that was asked replies. Throws {@link NegentropyError} for a message that is none. */
  answer(message: Uint8Array): Uint8Array {
    return this.#reconcile(message, null)!;
  }

  /** What the side that asks learns from a reply, and what it asks next. */
  step(message: Uint8Array): NegentropyStep {
    const found = { have: [], need: [] };
    return { reply: this.#reconcile(message, found), ...found };
  }

  #reconcile(
    message: Uint8Array,
    found: { have: string[]; need: string[] } | null,
  ): Uint8Array | null {
    if (message[0] !== VERSION) {
      if (message[0] === undefined || message[0] < 0x60 || message[0] > 0x6f) {
        throw new NegentropyError("malformed", "a message must begin with its version");
      }
      // The protocol's way to say which one we speak.
      if (found === null) return Uint8Array.of(VERSION);
      throw new NegentropyError("version", "the other side speaks another version");
    }
    const reader = new BoundReader(message.subarray(1));
    const out = new BoundWriter();
    let from = 0;
    let skipped: Bound | null = null;
    while (!reader.done) {
      const bound = reader.bound();
      const mode = reader.varint();
      const upper = this.#lowerBound(from, bound);
      const part = out.fork();
      if (skipped !== null && mode !== Mode.skip) part.range(skipped, Mode.skip);
      let answered = false;
      if (mode === Mode.fingerprint) {
        if (!same(reader.bytes(16), this.#fingerprint(from, upper))) {
          this.#split(from, upper, bound, part);
          answered = true;
        }
      } else if (mode === Mode.ids) {
        const theirs = reader.ids();
        if (found === null) {
          const room = this.#maxBytes - RESERVE_BYTES - out.length;
          const fits = this.#idsThatFit(from, upper, room);
          if (fits < upper - from) {
            // The rest of this range and all behind it are asked for again under a fingerprint.
            if (fits > 0) {
              part.range(this.#between(from + fits - 1), Mode.ids);
              part.ids(this.#slice(from, from + fits), fits);
              out.take(part);
            } else if (skipped !== null) out.range(skipped, Mode.skip);
            out.rest(this.#fingerprint(from + fits, this.size));
            return out.message();
          }
          part.range(bound, Mode.ids);
          part.ids(this.#slice(from, upper), upper - from);
          answered = true;
        } else this.#compare(from, upper, theirs, found);
      } else if (mode !== Mode.skip) throw new NegentropyError("malformed", "an unknown mode");
      if (out.length + part.length > this.#maxBytes - RESERVE_BYTES) {
        if (skipped !== null) out.range(skipped, Mode.skip);
        out.rest(this.#fingerprint(from, this.size));
        return out.message();
      }
      if (answered) {
        out.take(part);
        skipped = null;
      } else skipped = bound;
      from = upper;
    }
    return out.empty && found !== null ? null : out.message();
  }

  #compare(
    from: number,
    to: number,
    theirs: Set<string>,
    found: { have: string[]; need: string[] },
  ): void {
    for (let at = from; at < to; at++) {
      const id = this.#ids[at]!;
      if (!theirs.delete(id)) found.have.push(id);
    }
    for (const id of theirs) found.need.push(id);
  }

  #split(from: number, to: number, upper: Bound, out: BoundWriter): void {
    const count = to - from;
    if (count < BUCKETS * 2) {
      out.range(upper, Mode.ids);
      return out.ids(this.#slice(from, to), count);
    }
    let at = from;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const end = at + Math.floor(count / BUCKETS) + (bucket < count % BUCKETS ? 1 : 0);
      out.range(end === to ? upper : this.#between(end - 1), Mode.fingerprint);
      out.bytes(this.#fingerprint(at, end));
      at = end;
    }
  }

  /** The shortest bound above item `at` and not above the next. */
  #between(at: number): Bound {
    const time = this.#times[at + 1]!;
    if (time !== this.#times[at]) return { time, prefix: new Uint8Array(0) };
    const [left, right] = [this.#slice(at, at + 1), this.#slice(at + 1, at + 2)];
    let shared = 0;
    while (left[shared] === right[shared]) shared++;
    return { time, prefix: right.subarray(0, shared + 1) };
  }

  #idsThatFit(from: number, to: number, roomBytes: number): number {
    // A bound and a count take at most 50 bytes; skipped ranges another 50.
    return Math.min(to - from, Math.max(0, Math.floor((roomBytes - 100) / ID_BYTES)));
  }

  #slice(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from * ID_BYTES, to * ID_BYTES);
  }

  #lowerBound(from: number, bound: Bound): number {
    let [low, high] = [from, this.size];
    const prefix = bytesToHex(bound.prefix);
    while (low < high) {
      const middle = (low + high) >> 1;
      const time = this.#times[middle]!;
      if (time < bound.time || (time === bound.time && this.#ids[middle]! < prefix)) {
        low = middle + 1;
      } else high = middle;
    }
    return low;
  }

  /** SHA-256 over the sum of the ids as little-endian numbers modulo 2^256, and their count; 16 bytes of it. */
  #fingerprint(from: number, to: number): Uint8Array {
    // Sums of 32-bit words stay exact in a double for two million ids.
    const sums = new Float64Array(8);
    for (let at = from * ID_BYTES, end = to * ID_BYTES; at < end; at += ID_BYTES) {
      for (let word = 0; word < 8; word++) {
        sums[word]! += this.#words.getUint32(at + word * 4, true);
      }
    }
    const out = new BoundWriter();
    const sum = new DataView(new ArrayBuffer(ID_BYTES));
    let carry = 0;
    for (let word = 0; word < 8; word++) {
      const value = sums[word]! + carry;
      sum.setUint32(word * 4, value % 2 ** 32, true);
      carry = Math.floor(value / 2 ** 32);
    }
    out.bytes(new Uint8Array(sum.buffer));
    out.varint(to - from);
    return sha256(out.content()).subarray(0, 16);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
