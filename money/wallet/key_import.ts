/**
 * Reads secret keys in the forms of other programs: 64 hex digits, an `nsec`, or a mnemonic of 12 to 24 words; and the two keys of a wallet
 * as `wallet export` writes them: the `nsec` and the payment key. An error message never repeats any part of the input.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/06.md
 * @see https://github.com/nostr-protocol/nips/blob/master/19.md
 * @module
 */
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { decode } from "nostr-tools/nip19";
import { KeyFileError } from "./key_file_error.ts";

/** The form of a secret key. */
export type KeyForm = "hex" | "nsec" | "mnemonic" | "export";

/** A secret key of 32 bytes, to be overwritten after use. */
interface ImportedKey {
  readonly key: Uint8Array;
  /** The key that pays, if it is another one. */
  readonly paymentKey: Uint8Array | null;
  readonly form: KeyForm;
}

const MAX_INDEX = 2 ** 31 - 1;

/**
 * Reads a secret key. `index` chooses the account of a mnemonic: m/44'/1237'/0'/0/index.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { importKey } from "./key_import.ts";
 *
 * const words = "leader monkey parrot ring guide accident before fence cannon height naive bean";
 * assert.equal(
 *   importKey(words).key.toHex(),
 *   "7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a",
 * );
 * ```
 *
 * @throws {KeyFileError} `bad_key`
 */
export function importKey(text: string, index = 0): ImportedKey {
  const trimmed = text.trim();
  const words = trimmed.split(/\s+/);
  const isNsec = /^nsec1/i.test(trimmed);
  if (words.length === 2 && isNsec && KEY_IN_HEX.test(words[1])) {
    return { key: keyOfNsec(words[0]), paymentKey: keyOfHex(words[1]), form: "export" };
  }
  const paymentKey = null;
  if (words.length > 1) return { key: keyOfWords(words, index), paymentKey, form: "mnemonic" };
  if (isNsec) return { key: keyOfNsec(trimmed), paymentKey, form: "nsec" };
  if (KEY_IN_HEX.test(trimmed)) return { key: keyOfHex(trimmed), paymentKey, form: "hex" };
  throw new KeyFileError(
    "bad_key",
    "the key must be 64 hex digits, an nsec, or a mnemonic of 12 to 24 words",
  );
}

/** A wallet's keys in one line, which {@link importKey} reads. `paymentKey` is null if one key is used for both. */
export function exportedLine(nsec: string, paymentKey: Uint8Array | null): string {
  return paymentKey === null ? nsec : `${nsec} 0x${paymentKey.toHex()}`;
}

const KEY_IN_HEX = /^(0x)?[0-9a-f]{64}$/i;

function keyOfHex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.slice(-64));
}

function keyOfNsec(text: string): Uint8Array {
  try {
    const { type, data } = decode(text.toLowerCase());
    if (type === "nsec" && data.length === 32) return data.slice();
  } catch {
    // The library's message may repeat the key, so it is dropped.
  }
  throw new KeyFileError("bad_key", "the nsec has a wrong checksum: a character may be mistyped");
}

function keyOfWords(words: readonly string[], index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 0 || index > MAX_INDEX) {
    throw new KeyFileError("bad_key", `the account index must be 0 to ${MAX_INDEX}`);
  }
  if (![12, 15, 18, 21, 24].includes(words.length)) {
    throw new KeyFileError(
      "bad_key",
      `a mnemonic has 12, 15, 18, 21 or 24 words (got ${words.length})`,
    );
  }
  const mnemonic = words.join(" ").toLowerCase().normalize("NFKD");
  const known = new Set(wordlist);
  const unknown = mnemonic.split(" ").findIndex((word) => !known.has(word));
  if (unknown !== -1) {
    throw new KeyFileError("bad_key", `word ${unknown + 1} of the mnemonic is not on the list`);
  }
  if (!validateMnemonic(mnemonic, wordlist)) {
    throw new KeyFileError(
      "bad_key",
      "the mnemonic has a wrong checksum: a word may be wrong, or in the wrong place",
    );
  }
  const seed = mnemonicToSeedSync(mnemonic);
  const root = HDKey.fromMasterSeed(seed);
  const account = root.derive(`m/44'/1237'/0'/0/${index}`);
  const key = account.privateKey?.slice();
  seed.fill(0);
  root.wipePrivateData();
  account.wipePrivateData();
  if (key === undefined) {
    throw new KeyFileError("bad_key", "this account has no key: use another index");
  }
  return key;
}
