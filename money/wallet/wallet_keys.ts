/**
 * The content of a wallet's blob, in one of two forms:
 * - 32 bytes: one secret key for Nostr and payments, as other programs write it;
 * - 65 bytes: `01`, the Nostr key (32), the payment key (32). This is what `crosstown` writes by default (docs/money.md#keys).
 *
 * `identity.enc` is one blob, in one line with a line feed, mode 0600.
 *
 * @module
 */
import { BlobError, openBlob, type Random, sealBlob } from "./blob.ts";

/** Secret keys, 32 bytes each. They are equal if one key is used for both. Overwrite them with zeros after use. */
export interface WalletKeys {
  /** BIP-340 secret key of the Nostr identity. */
  readonly nostrKey: Uint8Array;
  /** ECDSA secret key that signs claims. */
  readonly paymentKey: Uint8Array;
}

const TWO_KEYS = 1;
const KEY_BYTES = 32;

/**
 * Seals both keys. If they are equal, the blob contains one key of 32 bytes. `seal` is `sealBlob()`, or `sealUnderRandomKey()` for a
 * passphrase that the program made itself. Throws BlobError.
 */
export async function sealWallet(
  keys: WalletKeys,
  passphrase: string,
  random?: Random,
  seal = sealBlob,
): Promise<string> {
  const { nostrKey, paymentKey } = keys;
  if (nostrKey.length !== KEY_BYTES || paymentKey.length !== KEY_BYTES) {
    throw new BlobError("format", "Cannot seal: a key must have 32 bytes");
  }
  const same = nostrKey.every((byte, at) => byte === paymentKey[at]);
  const plaintext = same
    ? nostrKey.slice()
    : new Uint8Array([TWO_KEYS, ...nostrKey, ...paymentKey]);
  try {
    return await seal(plaintext, passphrase, random);
  } finally {
    plaintext.fill(0);
  }
}

/**
 * The keys in a wallet's blob.
 *
 * @throws {BlobError} `format` if it is not a blob or contains neither form, `passphrase` if it does not open
 */
export async function openWallet(blob: string, passphrase: string): Promise<WalletKeys> {
  const plaintext = await openBlob(blob, passphrase);
  try {
    if (plaintext.length === KEY_BYTES) {
      return { nostrKey: plaintext.slice(), paymentKey: plaintext.slice() };
    }
    if (plaintext.length === 1 + 2 * KEY_BYTES && plaintext[0] === TWO_KEYS) {
      return {
        nostrKey: plaintext.slice(1, 1 + KEY_BYTES),
        paymentKey: plaintext.slice(1 + KEY_BYTES),
      };
    }
    throw new BlobError(
      "format",
      "Cannot read the wallet: it holds neither one key nor two (a newer version may)",
    );
  } finally {
    plaintext.fill(0);
  }
}

/** A new pair of keys. `isSecretKey` says whether bytes are a valid key; they are invalid with a probability of 2^-128. */
export function generateWalletKeys(
  random: Random,
  isSecretKey: (bytes: Uint8Array) => boolean,
): WalletKeys {
  const fresh = (): Uint8Array => {
    for (let attempt = 0; attempt < 8; attempt++) {
      const key = random(KEY_BYTES);
      if (isSecretKey(key)) return key;
    }
    throw new BlobError("format", "Cannot make a key: the random source repeats an invalid key");
  };
  return { nostrKey: fresh(), paymentKey: fresh() };
}
