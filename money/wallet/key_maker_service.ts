/**
 * Makes new wallets: under a passphrase that its owner chose, or, for the embedded network, where nothing signed is worth anything
 * elsewhere, under a random one that is kept beside it. Runs in a worker that may write the wallets' places and nothing else; no
 * key ever leaves it.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import { dirname } from "node:path";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { bytesToHex } from "../../protocols/nostr/hex.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { readPassphrase, sysForOwner } from "./key_reader.ts";
import { checkPassphrase } from "./passphrase.ts";
import { writeNewFile } from "./secret_file.ts";
import { generateWalletKeys, sealWallet, type WalletKeys } from "./wallet_keys.ts";

/** Where a wallet and its passphrase go. Both files are made 0600 and must not exist. */
interface WalletFiles {
  /** `identity.enc`, or what the dev network calls it. */
  readonly keyFile: string;
  /** Its first line opens the key file. */
  readonly passphraseFile: string;
}

/** The public side of a wallet. */
export interface WalletIdentity {
  /** The x-only public key in hex. */
  readonly pubkey: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly paymentAddress: string;
}

/** What may be asked. */
interface KeyMaker {
  /** Makes both files. */
  make(files: WalletFiles): Promise<WalletIdentity>;
  /**
   * Makes the key file alone, under the first line of a passphrase file that is there already.
   *
   * @throws {KeyFileError} `exists`, `too_short`, and what reading the passphrase throws
   */
  makeUnder(files: WalletFiles): Promise<WalletIdentity>;
}

/** Where it may write. */
interface KeyMakerOptions {
  /** Folders, or single files that do not exist yet; read and written. */
  readonly folders: readonly string[];
  /** The passphrase file of {@link KeyMaker.makeUnder}, which is read only. */
  readonly passphraseFile?: string;
}

/** Makes wallets with the system's random source. */
async function createKeyMaker(): Promise<KeyMaker> {
  const curve = await loadSecp256k1();
  const random = (sizeBytes: number) => crypto.getRandomValues(new Uint8Array(sizeBytes));
  const withFreshKeys = async (
    save: (keys: WalletKeys) => Promise<void>,
  ): Promise<WalletIdentity> => {
    const keys = generateWalletKeys(random, (bytes) => curve.isSecretKey(bytes));
    try {
      await save(keys);
      return {
        pubkey: publicKeyOf(keys.nostrKey),
        paymentAddress: curve.addressOf(keys.paymentKey),
      };
    } finally {
      keys.nostrKey.fill(0);
      keys.paymentKey.fill(0);
    }
  };
  return {
    make: ({ keyFile, passphraseFile }) =>
      withFreshKeys(async (keys) => {
        const passphrase = bytesToHex(random(32));
        const blob = await sealWallet(keys, passphrase);
        await Deno.mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
        await Deno.writeTextFile(passphraseFile, `${passphrase}\n`, {
          mode: 0o600,
          createNew: true,
        });
        await Deno.writeTextFile(keyFile, `${blob}\n`, { mode: 0o600, createNew: true });
      }),
    async makeUnder({ keyFile, passphraseFile }) {
      const passphrase = await readPassphrase({ passphrase: { file: passphraseFile } });
      checkPassphrase(passphrase);
      return await withFreshKeys(async (keys) =>
        await writeNewFile(keyFile, `${await sealWallet(keys, passphrase)}\n`)
      );
    },
  };
}

/** For the host: the service `key-maker`. */
export const definition = defineService({
  name: "key-maker",
  methods: ["make", "makeUnder"] as const,
  permissions: ({ folders, passphraseFile }: KeyMakerOptions) => ({
    read: passphraseFile === undefined ? folders : [...folders, passphraseFile],
    write: folders,
    ...(passphraseFile === undefined ? {} : { sys: sysForOwner() }),
  }),
  start: (_options: KeyMakerOptions): Promise<KeyMaker> => createKeyMaker(),
});
