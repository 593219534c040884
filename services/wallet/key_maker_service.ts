/**
 * Makes a new wallet under a random passphrase, which it keeps beside it: for the embedded network, where nothing signed is worth
 * anything elsewhere. Runs in a worker that may write the wallets' folders and nothing else; no key ever leaves it.
 *
 * @module
 */
import { dirname } from "node:path";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { bytesToHex } from "../../protocols/nostr/hex.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { generateWalletKeys, sealWallet } from "./wallet_keys.ts";

/** Where a wallet and its passphrase go. Both files are made 0600 and must not exist. */
export interface WalletFiles {
  readonly keyFile: string;
  readonly passphraseFile: string;
}

/** The public side of a wallet. */
export interface WalletIdentity {
  readonly pubkey: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly paymentAddress: string;
}

/** What may be asked. */
export interface KeyMaker {
  make(files: WalletFiles): Promise<WalletIdentity>;
}

/** The folders that it may write. */
export interface KeyMakerOptions {
  readonly folders: readonly string[];
}

/** Makes wallets with the system's random source. */
export async function createKeyMaker(): Promise<KeyMaker> {
  const curve = await loadSecp256k1();
  const random = (sizeBytes: number) => crypto.getRandomValues(new Uint8Array(sizeBytes));
  return {
    async make({ keyFile, passphraseFile }) {
      const keys = generateWalletKeys(random, (bytes) => curve.isSecretKey(bytes));
      try {
        const passphrase = bytesToHex(random(32));
        const blob = await sealWallet(keys, passphrase);
        await Deno.mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
        await Deno.writeTextFile(passphraseFile, `${passphrase}\n`, {
          mode: 0o600,
          createNew: true,
        });
        await Deno.writeTextFile(keyFile, `${blob}\n`, { mode: 0o600, createNew: true });
        return {
          pubkey: publicKeyOf(keys.nostrKey),
          paymentAddress: curve.addressOf(keys.paymentKey),
        };
      } finally {
        keys.nostrKey.fill(0);
        keys.paymentKey.fill(0);
      }
    },
  };
}

/** For the host: the service `key-maker`. */
export const definition = {
  name: "key-maker",
  methods: ["make"] as const,
  permissions: ({ folders }: KeyMakerOptions) => ({ read: folders, write: folders }),
  start: (_options: KeyMakerOptions): Promise<KeyMaker> => createKeyMaker(),
};
