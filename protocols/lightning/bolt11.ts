/**
 * Reads Lightning invoices and checks their signature. Pure.
 *
 * @see https://github.com/lightning/bolts/blob/master/11-payment-encoding.md
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32 } from "@scure/base";
import { type BitcoinNetwork } from "./bitcoin_network.ts";
import { recover } from "../secp256k1/curve.ts";

/** An invoice whose checksum and signature are valid. */
export interface Invoice {
  /** The network of its prefix. */
  readonly network: BitcoinNetwork;
  /** Thousandths of a satoshi. Null if the payer chooses the amount. */
  readonly amountMsats: bigint | null;
  /** When it was made, in seconds since the epoch. */
  readonly createdAtS: number;
  /** From this second on it must not be paid. */
  readonly expiresAtS: number;
  /** SHA-256 of the preimage that the payee reveals when it is paid, 64 hex digits. */
  readonly paymentHash: string;
  /** What it is for, in words. Null if it has only the hash of that. */
  readonly description: string | null;
  /** SHA-256 of a longer description, 64 hex digits, or null. */
  readonly descriptionHash: string | null;
  /** The key that signed it, compressed, 66 hex digits. */
  readonly payee: string;
}

/** Longer invoices are refused. Those in use have less than 700 characters. */
const MAX_CHARACTERS = 4_096;
const DEFAULT_EXPIRY_S = 3_600;
/** More satoshis than this do not exist. */
const MAX_MSATS = 21_000_000n * 100_000_000_000n;

/** The longest prefix comes first, because `bcrt` begins with `bc`. */
const PREFIXES: readonly (readonly [prefix: string, network: BitcoinNetwork])[] = [
  ["lnbcrt", "regtest"],
  ["lntbs", "signet"],
  ["lnbc", "bitcoin"],
  ["lntb", "testnet"],
];
/** Millisatoshis of one unit, as a fraction. */
const MULTIPLIERS: Readonly<Record<string, readonly [over: bigint, under: bigint]>> = {
  "": [100_000_000_000n, 1n],
  m: [100_000_000n, 1n],
  u: [100_000n, 1n],
  n: [100n, 1n],
  p: [1n, 10n],
};

const TIME_WORDS = 7;
const SIGNATURE_WORDS = 104;
const HASH_WORDS = 52;
const KEY_WORDS = 53;

/** The fields that are read, by their number. Each may occur once; others are skipped, as BOLT 11 asks. */
const FIELDS: ReadonlyMap<number, "p" | "s" | "d" | "n" | "h" | "x"> = new Map([
  [1, "p"],
  [16, "s"],
  [13, "d"],
  [19, "n"],
  [23, "h"],
  [6, "x"],
]);

/**
 * Reads an invoice, in lower or upper case.
 *
 * @throws {InvoiceError} if it is not an invoice, or its checksum or signature is wrong.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { InvoiceError, readInvoice } from "./bolt11.ts";
 *
 * const invoice = readInvoice(
 *   "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh",
 * );
 * assert.equal(invoice.amountMsats, 250_000_000n);
 * assert.equal(invoice.description, "1 cup coffee");
 * assert.throws(() => readInvoice("lnbc1"), InvoiceError);
 * ```
 */
export function readInvoice(text: string): Invoice {
  if (text.length > MAX_CHARACTERS) throw new InvoiceError("bad_encoding", "it is too long");
  let decoded: { readonly prefix: string; readonly words: number[] };
  try {
    decoded = bech32.decode(text as `${string}1${string}`, false);
  } catch (cause) {
    throw new InvoiceError("bad_encoding", "it is not bech32, or a character is wrong", { cause });
  }
  const { prefix, words } = decoded;
  const { network, amountMsats } = readPrefix(prefix);
  if (words.length < TIME_WORDS + SIGNATURE_WORDS) {
    throw new InvoiceError("bad_encoding", "it is too short");
  }
  const signed = words.slice(0, -SIGNATURE_WORDS);
  const createdAtS = numberOf(signed.slice(0, TIME_WORDS));
  const fields = readFields(signed.slice(TIME_WORDS));
  const hash = fields.get("p");
  if (hash === undefined) throw new InvoiceError("bad_field", "it has no payment hash");
  const description = fields.get("d");
  const descriptionHash = fields.get("h");
  const expiry = fields.get("x");
  return {
    network,
    amountMsats,
    createdAtS,
    expiresAtS: createdAtS + (expiry === undefined ? DEFAULT_EXPIRY_S : numberOf(expiry)),
    paymentHash: bytesOf(hash, false).toHex(),
    description: description === undefined
      ? null
      : new TextDecoder().decode(bytesOf(description, false)),
    descriptionHash: descriptionHash === undefined ? null : bytesOf(descriptionHash, false).toHex(),
    payee: payeeOf(prefix, signed, words.slice(-SIGNATURE_WORDS), fields.get("n")),
  };
}

function readPrefix(prefix: string): Pick<Invoice, "network" | "amountMsats"> {
  for (const [start, network] of PREFIXES) {
    if (!prefix.startsWith(start)) continue;
    const match = /^(?:([1-9]\d{0,17})([munp]?))?$/.exec(prefix.slice(start.length));
    if (match === null) continue;
    if (match[1] === undefined) return { network, amountMsats: null };
    const [over, under] = MULTIPLIERS[match[2] ?? ""];
    const product = BigInt(match[1]) * over;
    if (product % under !== 0n || product / under > MAX_MSATS) {
      throw new InvoiceError("bad_amount", "its amount is not one of whole millisatoshis");
    }
    return { network, amountMsats: product / under };
  }
  throw new InvoiceError(
    "bad_network",
    "it is not of a network of Bitcoin, or its amount is wrong",
  );
}

type Field = typeof FIELDS extends ReadonlyMap<number, infer Name> ? Name : never;

function readFields(words: readonly number[]): ReadonlyMap<Field, readonly number[]> {
  const fields = new Map<Field, readonly number[]>();
  for (let at = 0; at < words.length;) {
    const length = at + 3 > words.length ? Infinity : words[at + 1] * 32 + words[at + 2];
    const field = words.slice(at + 3, at + 3 + length);
    if (field.length !== length) throw new InvoiceError("bad_field", "a field is cut off");
    const name = FIELDS.get(words[at]);
    at += 3 + length;
    if (name === undefined || !fits(name, length)) continue;
    // BOLT 11 lets a payer choose among several. A wallet could choose another one than this program, so none is accepted.
    if (fields.has(name)) throw new InvoiceError("bad_field", `it has two fields ${name}`);
    fields.set(name, field);
  }
  return fields;
}

/** A field of another length is skipped, as BOLT 11 asks. */
function fits(name: Field, words: number): boolean {
  if (name === "n") return words === KEY_WORDS;
  if (name === "x") return words <= TIME_WORDS;
  return name === "d" || words === HASH_WORDS;
}

/** The key that signed prefix and words. A key that the invoice names must be the one that signed. */
function payeeOf(
  prefix: string,
  signed: readonly number[],
  signature: readonly number[],
  named: readonly number[] | undefined,
): string {
  const digest = sha256(
    Uint8Array.from([...new TextEncoder().encode(prefix), ...bytesOf(signed, true)]),
  );
  const point = recover(digest, bytesOf(signature, false));
  if (point === null) throw new InvoiceError("bad_signature", "its signature is not valid");
  const payee = `${point[63] % 2 === 0 ? "02" : "03"}${point.subarray(0, 32).toHex()}`;
  if (named !== undefined && bytesOf(named, false).toHex() !== payee) {
    throw new InvoiceError("bad_signature", "another key signed it than the one that it names");
  }
  return payee;
}

/** The bytes of words of 5 bits. The rest of less than 8 bits is dropped, or filled with zeros to a last byte. */
function bytesOf(words: readonly number[], filled: boolean): Uint8Array {
  const bytes: number[] = [];
  let [bits, held] = [0, 0];
  for (const word of words) {
    held = (held << 5 | word) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(held >> bits & 0xff);
  }
  if (filled && bits > 0) bytes.push(held << (8 - bits) & 0xff);
  return Uint8Array.from(bytes);
}

function numberOf(words: readonly number[]): number {
  return words.reduce((sum, word) => sum * 32 + word, 0);
}

/** A text is not an invoice that may be paid. The message never quotes it. */
export class InvoiceError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "InvoiceError";
  /** The stable code of the reason. */
  readonly code: "bad_encoding" | "bad_network" | "bad_amount" | "bad_field" | "bad_signature";
  /** Makes an error about one invoice. */
  constructor(code: InvoiceError["code"], message: string, options?: ErrorOptions) {
    super(`Cannot read the invoice: ${message}`, options);
    this.code = code;
  }
}
