/**
 * Everything that is done with a wallet's file except signing: make it from new or imported keys, show it, reveal its keys, seal it under
 * another passphrase. The worker may read and write only the paths of one call. Keys leave it only by `reveal`.
 *
 * @module
 */
import { lstatOrNull } from "../../base/files/missing.ts";
import { defineService } from "../../base/service.ts";
import { loadSecp256k1, type Secp256k1 } from "../../protocols/evm/secp256k1.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { exportedLine, importKey, type KeyForm } from "./key_import.ts";
import { createKeyReader, type KeyReaderOptions, sysForOwner } from "./key_reader.ts";
import { KeyFileError } from "./key_file_error.ts";
import { checkPassphrase, strengthHint } from "./passphrase.ts";
import { readSource, type SecretSource } from "./secret_source.ts";
import { existsAlready, replaceFile, writeNewFile } from "./secret_file.ts";
import { generateWalletKeys, openWallet, sealWallet, type WalletKeys } from "./wallet_keys.ts";

/** The public side of a wallet. */
export interface WalletView {
  /** The x-only public key in hex. */
  readonly pubkey: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly paymentAddress: string;
  /** Whether one key is used for both events and payments. */
  readonly oneKey: boolean;
}

/** A new wallet. */
export interface MadeWallet extends WalletView {
  /** `fresh`, or the form of the imported key. */
  readonly origin: KeyForm | "fresh";
  /** A hint how to improve the passphrase, or null. */
  readonly hint: string | null;
  /** The sealed keys, if no file was named. */
  readonly blob: string | null;
}

/** The request to make a wallet. */
interface MakeRequest {
  /** The file of the wallet, which must not exist. Null returns the blob instead. */
  readonly keyFile: string | null;
  readonly passphrase: SecretSource;
  /** The key to import. Default: new keys, one for events and one for payments. */
  readonly from?: SecretSource;
  /** The account index of a mnemonic. Default: 0. */
  readonly index?: number;
}

/** The methods of the service. */
export interface WalletWork {
  /** Twelve new words, from which {@link WalletWork.make} can make keys. They are not stored. */
  newMnemonic(): Promise<string>;
  /**
   * Whether {@link WalletWork.make} could make this wallet, as far as that is known without a passphrase. So nobody chooses a passphrase for a
   * mistyped key. Throws KeyFileError `exists`, `bad_key`, and the errors of reading.
   */
  check(request: Omit<MakeRequest, "passphrase">): Promise<void>;
  /** Makes a wallet. Throws KeyFileError `exists`, `too_short`, `bad_key`, and the errors of reading. */
  make(request: MakeRequest): Promise<MadeWallet>;
  /** The public side of a wallet. Throws KeyFileError, BlobError. */
  look(keys: KeyReaderOptions): Promise<WalletView>;
  /** Reveals the secret keys: in a new file with mode 0600, or in the answer if no file is named. */
  reveal(
    keys: KeyReaderOptions,
    to: string | null,
  ): Promise<{ readonly view: WalletView; readonly text: string | null }>;
  /**
   * Seals the keys of the wallet's file under another passphrase. At any moment the file is the whole old one or the whole new one.
   */
  reseal(
    keys: Pick<KeyReaderOptions, "identityFile" | "passphrase">,
    next: SecretSource,
  ): Promise<{ readonly view: WalletView; readonly hint: string | null }>;
}

/** The paths of one call. */
export interface WalletServiceOptions {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** Makes the service with the system's random source. */
export async function createWalletWork(): Promise<WalletWork> {
  const curve = await loadSecp256k1();
  const opened = async <T>(
    from: KeyReaderOptions,
    use: (keys: WalletKeys) => Promise<T>,
  ): Promise<T> => {
    const { blob, passphrase } = await createKeyReader(from).read();
    const keys = await openWallet(blob, passphrase);
    return await withKeys(keys, () => use(keys));
  };
  return {
    async newMnemonic() {
      const [{ generateMnemonic }, { wordlist }] = await Promise.all([
        import("@scure/bip39"),
        import("@scure/bip39/wordlists/english.js"),
      ]);
      return generateMnemonic(wordlist, 128);
    },
    async check({ keyFile, from, index }) {
      if (keyFile !== null && await lstatOrNull(keyFile) !== null) throw existsAlready();
      if (from === undefined) return;
      const { keys } = imported(curve, await readSource("key", from), index);
      await withKeys(keys, () => Promise.resolve());
    },
    async make({ keyFile, passphrase: source, from, index }) {
      const passphrase = await readSource("passphrase", source);
      checkPassphrase(passphrase);
      const { keys, origin } = from === undefined
        ? { keys: freshKeys(curve), origin: "fresh" as const }
        : imported(curve, await readSource("key", from), index);
      return await withKeys(keys, async () => {
        const blob = await sealWallet(keys, passphrase);
        if (keyFile !== null) await writeNewFile(keyFile, `${blob}\n`);
        const hint = strengthHint(passphrase);
        return { ...viewOf(curve, keys), origin, hint, blob: keyFile === null ? blob : null };
      });
    },
    look: (from) => opened(from, (keys) => Promise.resolve(viewOf(curve, keys))),
    reveal: (from, to) =>
      opened(from, async (keys) => {
        const { nsecEncode } = await import("nostr-tools/nip19");
        const view = viewOf(curve, keys);
        const line = exportedLine(
          nsecEncode(keys.nostrKey),
          view.oneKey ? null : keys.paymentKey,
        );
        const text = `${line}\n`;
        if (to !== null) await writeNewFile(to, text);
        return { view, text: to === null ? text : null };
      }),
    reseal: ({ identityFile, passphrase }, next) =>
      opened({ identityFile, passphrase }, async (keys) => {
        const chosen = await readSource("new passphrase", next);
        checkPassphrase(chosen);
        await replaceFile(identityFile, `${await sealWallet(keys, chosen)}\n`);
        return { view: viewOf(curve, keys), hint: strengthHint(chosen) };
      }),
  };
}

function freshKeys(curve: Secp256k1): WalletKeys {
  return generateWalletKeys(
    (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
    (bytes) => curve.isSecretKey(bytes),
  );
}

/** An imported key is used for both, as in the program from which it comes. What `wallet export` wrote may have two keys. */
function imported(
  curve: Secp256k1,
  text: string,
  index: number | undefined,
): { readonly keys: WalletKeys; readonly origin: KeyForm } {
  const { key, paymentKey, form } = importKey(text, index);
  if (!curve.isSecretKey(key) || paymentKey !== null && !curve.isSecretKey(paymentKey)) {
    key.fill(0);
    paymentKey?.fill(0);
    throw new KeyFileError("bad_key", "the key is not valid: it is zero or too large");
  }
  return { keys: { nostrKey: key, paymentKey: paymentKey ?? key.slice() }, origin: form };
}

async function withKeys<T>(keys: WalletKeys, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    keys.nostrKey.fill(0);
    keys.paymentKey.fill(0);
  }
}

function viewOf(curve: Secp256k1, { nostrKey, paymentKey }: WalletKeys): WalletView {
  return {
    pubkey: publicKeyOf(nostrKey),
    paymentAddress: curve.addressOf(paymentKey),
    oneKey: nostrKey.every((byte, at) => byte === paymentKey[at]),
  };
}

/** For the host: the service `wallet`. */
export const definition = defineService({
  name: "wallet",
  methods: ["newMnemonic", "check", "make", "look", "reveal", "reseal"] as const,
  permissions: ({ read, write }: WalletServiceOptions) => ({ read, write, sys: sysForOwner() }),
  start: (_options: WalletServiceOptions): Promise<WalletWork> => createWalletWork(),
});
