/**
 * Reads canonical Octet Encoding Rules (OER) strictly. It refuses a length that is not in its shortest form, a field that ends too early,
 * and bytes after the end. Errors name the field and the offset.
 *
 * @see https://interledger.org/developers/rfcs/oer-encoding/
 * @module
 */

/** Why bytes could not be read: `truncated`, `trailing`, or `length` (not canonical, or too long). */
type OerFault = "truncated" | "trailing" | "length";

/** Makes the typed error of the caller. `offset` counts from the start of the whole input. */
type OerFail = (code: OerFault, detail: string, offset: number) => Error;

/** A cursor over bytes. It returns views of the input: copy them before the buffer is reused. */
export class OerReader {
  readonly #bytes: Uint8Array;
  readonly #fail: OerFail;
  readonly #base: number;
  #at = 0;

  /** `base` is the offset of `bytes` in the whole input, so that messages contain offsets in the whole input. */
  constructor(bytes: Uint8Array, fail: OerFail, base = 0) {
    this.#bytes = bytes;
    this.#fail = fail;
    this.#base = base;
  }

  /** The offset of the next byte in the whole input. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** The number of bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Exactly `length` bytes. */
  read(length: number, field: string): Uint8Array {
    if (this.left < length) {
      throw this.#fail(
        "truncated",
        `${field} needs ${length} bytes, ${this.left} left at offset ${this.offset}`,
        this.offset,
      );
    }
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /** One byte. */
  u8(field: string): number {
    return this.read(1, field)[0];
  }

  /** Four bytes, big endian. */
  u32(field: string): number {
    return number(this.read(4, field));
  }

  /** Eight bytes, big endian. */
  u64(field: string): bigint {
    const bytes = this.read(8, field);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  }

  /** An unsigned integer of 1 to 4 bytes, after a byte with its length. It must have the fewest possible bytes. */
  varUint(field: string): number {
    const offset = this.offset;
    const length = this.u8(`length of ${field}`);
    if (length === 0 || length > 4) {
      throw this.#fail(
        "length",
        `${field} is an integer of ${length} bytes, 1 to 4 expected, at offset ${offset}`,
        offset,
      );
    }
    const bytes = this.read(length, field);
    if (length > 1 && bytes[0] === 0) throw this.#notCanonical(field, offset);
    return number(bytes);
  }

  /**
   * An unsigned integer of at most 64 bits, as the Crosstown network writes it: one byte up to 127, otherwise `80 + n` (hex) and n bytes.
   */
  varUint64(field: string): bigint {
    const offset = this.offset;
    const first = this.u8(field);
    if (first < 0x80) return BigInt(first);
    const size = first & 0x7f;
    if (size === 0 || size > 8) {
      throw this.#fail(
        "length",
        `${field} is an integer of ${size} bytes, 1 to 8 expected, at offset ${offset}`,
        offset,
      );
    }
    const bytes = this.read(size, field);
    let value = 0n;
    for (const byte of bytes) value = (value << 8n) | BigInt(byte);
    if (bytes[0] === 0 || value < 0x80n) throw this.#notCanonical(field, offset);
    return value;
  }

  /** Two bytes, big endian. */
  u16(field: string): number {
    return number(this.read(2, field));
  }

  /** A length determinant and bytes. */
  varOctets(field: string): Uint8Array {
    const offset = this.offset;
    const first = this.u8(`length of ${field}`);
    if (first < 0x80) return this.read(first, field);
    const size = first & 0x7f;
    if (size === 0 || size > 4) {
      throw this.#fail(
        "length",
        `${field} has a length of ${size} bytes, 1 to 4 expected, at offset ${offset}`,
        offset,
      );
    }
    const bytes = this.read(size, `length of ${field}`);
    const length = number(bytes);
    if (bytes[0] === 0 || length < 0x80) throw this.#notCanonical(field, offset);
    return this.read(length, field);
  }

  /** Throws if bytes are left. */
  end(): void {
    if (this.left > 0) {
      throw this.#fail(
        "trailing",
        `${this.left} bytes after the end at offset ${this.offset}`,
        this.offset,
      );
    }
  }

  #notCanonical(field: string, offset: number): Error {
    return this.#fail(
      "length",
      `${field} has a length that is not the shortest at offset ${offset}`,
      offset,
    );
  }
}

function number(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}
