/**
 * Writes canonical Octet Encoding Rules (OER) into a growing buffer.
 *
 * @see https://interledger.org/developers/rfcs/oer-encoding/
 * @module
 */

/** Collects bytes, always in the shortest form. Callers check the ranges of values. */
export class ByteWriter {
  #bytes = new Uint8Array(512);
  #length = 0;

  /** One byte. */
  u8(value: number): void {
    this.#room(1)[0] = value;
  }

  /** Two bytes, big endian. */
  u16(value: number): void {
    const at = this.#room(2);
    new DataView(at.buffer, at.byteOffset).setUint16(0, value);
  }

  /** Four bytes, big endian. */
  u32(value: number): void {
    const at = this.#room(4);
    new DataView(at.buffer, at.byteOffset).setUint32(0, value);
  }

  /** Eight bytes, big endian. */
  u64(value: bigint): void {
    const at = this.#room(8);
    new DataView(at.buffer, at.byteOffset).setBigUint64(0, value);
  }

  /** One byte up to 127, otherwise `80 + n` (hex) and n bytes. */
  varUint(value: bigint): void {
    if (value < 0x80n) return this.u8(Number(value));
    let hex = value.toString(16);
    if (hex.length % 2 === 1) hex = `0${hex}`;
    this.u8(0x80 | (hex.length / 2));
    this.bytes(Uint8Array.fromHex(hex));
  }

  /** The length of the bytes, then the bytes. */
  varOctets(value: Uint8Array): void {
    this.varUint(BigInt(value.length));
    this.bytes(value);
  }

  /** Only the bytes. */
  bytes(value: Uint8Array): void {
    this.#room(value.length).set(value);
  }

  /** Characters below 128. */
  ascii(text: string): void {
    this.bytes(new TextEncoder().encode(text));
  }

  /** A copy of the written bytes. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #room(size: number): Uint8Array {
    const end = this.#length + size;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    const room = this.#bytes.subarray(this.#length, end);
    this.#length = end;
    return room;
  }
}
