/**
 * Makes new wallets: under a passphrase that the owner chose, or, for the embedded network, under a random passphrase that is stored next
 * to the wallet. Signatures of the embedded network are worth nothing elsewhere. The worker may write only the paths of the wallets, and no
 * key leaves it.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import { dirname } from "../../base/path.ts";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { bytesToHex } from "../../protocols/nostr/hex.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { sealUnderRandomKey } from "./blob.ts";
import { readPassphrase, sysForOwner } from "./key_reader.ts";
import { checkPassphrase } from "./passphrase.ts";
import { writeNewFile } from "./secret_file.ts";
import { generateWalletKeys, sealWallet, type WalletKeys } from "./wallet_keys.ts";

/** The files of a wallet and its passphrase. Both are made with mode 0600 and must not exist. */
interface WalletFiles {
  /** `identity.enc`, or its name in the dev network. */
  readonly keyFile: string;
  /** The file whose first line is the passphrase of the key file. */
  readonly passphraseFile: string;
}

/** The public side of a wallet. */
export interface WalletIdentity {
  /** The x-only public key in hex. */
  readonly pubkey: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly paymentAddress: string;
}

/** The methods of the service. */
interface KeyMaker {
  /** Makes both files. */
  make(files: WalletFiles): Promise<WalletIdentity>;
  /**
   * Makes only the key file, under the first line of an existing passphrase file.
   *
   * @throws {KeyFileError} `exists`, `too_short`, and what reading the passphrase throws
   */
  makeUnder(files: WalletFiles): Promise<WalletIdentity>;
}

/** The paths that it may read and write. */
interface KeyMakerOptions {
  /** Folders, or single files that do not exist yet. They are read and written. */
  readonly folders: readonly string[];
  /** The passphrase file of {@link KeyMaker.makeUnder}. It is only read. */
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
        const blob = await sealWallet(keys, passphrase, random, sealUnderRandomKey);
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
