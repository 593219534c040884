/** Signed BOLT 11 invoices for tests, made with another implementation of bits, bech32 and signatures than the program's reader. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32 } from "@scure/base";

/** What an invoice states. */
export interface InvoiceFields {
  readonly network?: "bitcoin" | "testnet" | "signet" | "regtest";
  /** Null if the payer chooses the amount. */
  readonly amountMsats: bigint | null;
  readonly preimage: Uint8Array;
  readonly description?: string;
  readonly descriptionHash?: Uint8Array;
  readonly createdAtS: number;
  readonly expiryS?: number;
  /** The payee's key as a field: the signer's own, or another one. */
  readonly named?: "own" | Uint8Array;
  readonly secretKey?: Uint8Array;
}

const PREFIX = { bitcoin: "lnbc", testnet: "lntb", signet: "lntbs", regtest: "lnbcrt" };

/** Signs an invoice. */
export function invoiceOf(
  fields: InvoiceFields,
): { readonly text: string; readonly payee: string } {
  const { network = "regtest", amountMsats, preimage, description, descriptionHash } = fields;
  const { createdAtS, expiryS, named, secretKey = new Uint8Array(32).fill(5) } = fields;
  const own = secp256k1.getPublicKey(secretKey, true);
  const amount = amountMsats === null ? "" : `${amountMsats * 10n}p`;
  const prefix = `${PREFIX[network]}${amount}`;
  const words = [
    ...number(createdAtS, 7),
    ...field(1, bech32.toWords(sha256(preimage))),
    ...field(16, bech32.toWords(new Uint8Array(32).fill(9))),
    ...descriptionHash === undefined
      ? field(13, bech32.toWords(new TextEncoder().encode(description ?? "")))
      : field(23, bech32.toWords(descriptionHash)),
    ...expiryS === undefined ? [] : field(6, number(expiryS, 4)),
    ...named === undefined ? [] : field(19, bech32.toWords(named === "own" ? own : named)),
    // An unknown field is skipped.
    ...field(5, [1, 0, 0]),
  ];
  const bits = words.map((word) => word.toString(2).padStart(5, "0")).join("");
  const bytes = bits.match(/.{1,8}/g)!.map((byte) => parseInt(byte.padEnd(8, "0"), 2));
  const message = Uint8Array.from([...new TextEncoder().encode(prefix), ...bytes]);
  const recovered = secp256k1.sign(message, secretKey, { format: "recovered" });
  const signature = Uint8Array.from([...recovered.subarray(1), recovered[0]]);
  const text = bech32.encode(prefix, [...words, ...bech32.toWords(signature)], false);
  return { text, payee: own.toHex() };
}

function field(type: number, words: readonly number[]): number[] {
  return [type, words.length >> 5, words.length & 31, ...words];
}

function number(value: number, length: number): number[] {
  return Array.from({ length }, (_, at) => Math.floor(value / 32 ** (length - 1 - at)) % 32);
}
