/**
 * The bytes of a negentropy message: variable-length integers, bounds whose times are deltas, ranges and their payloads. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/77.md
 * @module
 */
import { bytesToHex } from "./hex.ts";

/** Protocol version 1. */
export const VERSION = 0x61;

/** The time above all times. */
export const INFINITE = Infinity;

/** What is said of a range. */
export const Mode = { skip: 0, fingerprint: 1, ids: 2 } as const;

/** The end of a range, exclusive: a time, and the first bytes of an id. */
export interface Bound {
  /** Seconds, or {@link INFINITE}. */
  readonly time: number;
  /** 0 to 32 bytes. */
  readonly prefix: Uint8Array;
}

/** Reads what follows the version byte. Every method throws {@link NegentropyError} `malformed` at the end of the bytes. */
export class BoundReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #time = 0;

  /** Over the bytes of a message without its version. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether all was read. */
  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A number of seven bits a byte, most significant first. */
  varint(): number {
    let value = 0;
    for (;;) {
      const byte = this.bytes(1)[0]!;
      value = value * 128 + (byte & 0x7f);
      if (!Number.isSafeInteger(value)) throw malformed("a number that is too large");
      if (byte < 0x80) return value;
    }
  }

  /** The end of the next range. */
  bound(): Bound {
    const delta = this.varint();
    this.#time = delta === 0 || this.#time === INFINITE ? INFINITE : this.#time + delta - 1;
    const length = this.varint();
    if (length > 32) throw malformed("an id prefix over 32 bytes");
    return { time: this.#time, prefix: this.bytes(length) };
  }

  /** A count and as many ids. */
  ids(): Set<string> {
    const count = this.varint();
    if (count * 32 > this.#bytes.length - this.#at) throw malformed("fewer ids than announced");
    const ids = new Set<string>();
    for (let n = 0; n < count; n++) ids.add(bytesToHex(this.bytes(32)));
    return ids;
  }

  /** Exactly so many bytes. */
  bytes(count: number): Uint8Array {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw malformed("the message ends early");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}

/** Builds a message, or a part of one. */
export class BoundWriter {
  #bytes: number[] = [];
  /** The time of the last bound, which the next one is told from. */
  #time = 0;

  /** Bytes so far, with the version. */
  get length(): number {
    return this.#bytes.length + 1;
  }

  /** Whether nothing was written. */
  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  /** A writer whose content may follow this one's. */
  fork(): BoundWriter {
    const fork = new BoundWriter();
    fork.#time = this.#time;
    return fork;
  }

  /** Appends what a fork holds. */
  take(fork: BoundWriter): void {
    for (const byte of fork.#bytes) this.#bytes.push(byte);
    this.#time = fork.#time;
  }

  /** The head of a range. */
  range({ time, prefix }: Bound, mode: number): void {
    if (time === INFINITE) {
      this.#time = INFINITE;
      this.varint(0);
    } else {
      this.varint(time - this.#time + 1);
      this.#time = time;
    }
    this.varint(prefix.length);
    this.bytes(prefix);
    this.varint(mode);
  }

  /** Ids, one after the other, after their count. */
  ids(bytes: Uint8Array, count: number): void {
    this.varint(count);
    this.bytes(bytes);
  }

  /** All that is left of the set, under one fingerprint: what did not fit is asked for again. */
  rest(fingerprint: Uint8Array): void {
    this.range({ time: INFINITE, prefix: new Uint8Array(0) }, Mode.fingerprint);
    this.bytes(fingerprint);
  }

  /** See {@link BoundReader.varint}. */
  varint(value: number): void {
    const digits = [value % 128];
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
      digits.push(left % 128 + 128);
    }
    for (const digit of digits.reverse()) this.#bytes.push(digit);
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }

  /** What was written, without a version. */
  content(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** The whole message. */
  message(): Uint8Array {
    return Uint8Array.from([VERSION, ...this.#bytes.values()]);
  }
}

/** `version`: the other side speaks another one. `malformed`: the bytes are no message. */
type NegentropyErrorCode = "malformed" | "version";

/** A message that could not be read. */
export class NegentropyError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "NegentropyError";
  /** What is wrong, stable. */
  readonly code: NegentropyErrorCode;
  /** Makes an error. */
  constructor(code: NegentropyErrorCode, what: string) {
    super(`Cannot reconcile: ${what}`);
    this.code = code;
  }
}

function malformed(what: string): NegentropyError {
  return new NegentropyError("malformed", what);
}
