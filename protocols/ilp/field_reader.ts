/**
 * Reads the fields of ILP packets. The error of an invalid field names the field and its offset.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type IlpAddress, isIlpAddress } from "./address.ts";
import { interledgerTimeToMs } from "./interledger_time.ts";
import type { OerReader } from "./oer_reader.ts";

/** Makes the typed error of the caller. */
type FieldFail = (code: "field" | "too_large", detail: string, offset: number) => Error;

/** Reads the fields of one packet in order. */
export class FieldReader {
  /** The reader of the packet's contents. */
  readonly oer: OerReader;
  readonly #fail: FieldFail;

  /** `fail` makes the error that is thrown. */
  constructor(oer: OerReader, fail: FieldFail) {
    this.oer = oer;
    this.#fail = fail;
  }

  /** Interledger time as milliseconds since the epoch. */
  time(field: string): number {
    const offset = this.oer.offset;
    const ms = interledgerTimeToMs(ascii(this.oer.read(17, field)));
    if (ms !== null) return ms;
    throw this.#fail(
      "field",
      `${field} must be 17 digits of a time after 1970 at offset ${offset}`,
      offset,
    );
  }

  /** A length and an ILP address. */
  address(field: string, mayBeEmpty = false): IlpAddress | "" {
    const offset = this.oer.offset;
    const text = ascii(this.oer.varOctets(field));
    if (isIlpAddress(text)) return text;
    if (mayBeEmpty && text === "") return "";
    throw this.#fail("field", `${field} must be an ILP address at offset ${offset}`, offset);
  }

  /** Three printable ASCII characters. */
  code(field: string): string {
    const offset = this.oer.offset;
    const text = ascii(this.oer.read(3, field));
    if (/^[!-~]{3}$/.test(text)) return text;
    throw this.#fail(
      "field",
      `${field} must be 3 printable ASCII characters at offset ${offset}`,
      offset,
    );
  }

  /** A length and at most `max` bytes. Returns a copy. */
  data(field: string, max: number): Uint8Array {
    const offset = this.oer.offset;
    const bytes = this.oer.varOctets(field);
    if (bytes.length <= max) return bytes.slice();
    throw this.#fail(
      "too_large",
      `${field} has ${bytes.length} bytes, at most ${max} allowed, at offset ${offset}`,
      offset,
    );
  }
}

/** Decodes Latin-1, so that a byte above 0x7f stays one character and matches no pattern. */
function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
