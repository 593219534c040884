/**
 * The signer as a service in a worker of its own. When it starts, the worker has read its wallet and given up all its permissions. The signer
 * opens the wallet. From then on, only typed fields come in and only signatures go out.
 *
 * @module
 */
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { Store } from "../../store/store.ts";
import { BlobError } from "../wallet/blob.ts";
import type { KeyReaderOptions, SealedKeys } from "../wallet/key_reader.ts";
import { openWallet } from "../wallet/wallet_keys.ts";
import type { CeilingChange } from "./ceilings.ts";
import type { AllowedContract } from "./claim_fields.ts";
import { createKeySigner, type KeySigner } from "./key_signer.ts";
import type { KeySignerOptions } from "./key_signer_options.ts";
import type { SealedSnapshot } from "./sealed_snapshot.ts";
import { snapshotName } from "./signer.ts";
import { SignerError } from "./signer_error.ts";
import type { Ceilings } from "./hard_ceilings.ts";
import type { TransactionCeilings } from "./hard_ceilings.ts";
import type { TransactionParties } from "./transaction_policy.ts";

/** The options of the worker. They survive a structured clone. */
export interface SignerServiceOptions {
  /** Where the blob and its passphrase are read. */
  readonly wallet: KeyReaderOptions;
  /** Hard ceilings, already lowered by flags, environment and file. */
  readonly ceilings: Ceilings;
  /** The contracts for which it may sign. */
  readonly allow: readonly AllowedContract[];
  /** See KeySignerOptions. */
  readonly parties?: TransactionParties;
  /** See KeySignerOptions. */
  readonly transactionCeilings?: TransactionCeilings;
  /** See KeySignerOptions. With `stored`, this wallet's newest snapshot is read from the store; if there is none, it is the first start. */
  readonly snapshot: SealedSnapshot | "first" | "stored";
}

/** A signer with methods that need the passphrase. */
export interface UnlockableSigner extends KeySigner {
  /** Sets ceilings permanently. Rejects with SignerError `locked` if the passphrase is wrong, and after five wrong passphrases always. */
  changeCeilings(request: {
    readonly passphrase: string;
    readonly ceilings: CeilingChange["ceilings"];
  }): Promise<SealedSnapshot>;
  /** Allows one more recipient until the signer ends. Rejects like {@link UnlockableSigner.changeCeilings}. */
  allowRecipient(request: {
    readonly passphrase: string;
    readonly recipient: string;
  }): Promise<void>;
}

/** The services that the signer calls, if there are any. */
export interface SignerServiceRemotes {
  /** Stores the ledger's snapshots. Required for `snapshot: "stored"`. */
  readonly store?: Pick<Store, "snapshot" | "snapshotsUnder" | "commit">;
}

/**
 * Opens the wallet and makes the signer.
 *
 * @throws {SignerError} `wrong_passphrase`, `wallet_format` or `unopened` if the wallet does not open, and everything that createKeySigner
 * throws
 */
export async function startSignerService(
  keys: SealedKeys,
  options: Omit<SignerServiceOptions, "wallet">,
  remotes: SignerServiceRemotes,
  context: { readonly clock: () => number },
): Promise<UnlockableSigner> {
  const { nostrKey, paymentKey } = await openWallet(keys.blob, keys.passphrase)
    .catch((error: unknown) => {
      if (error instanceof BlobError) {
        const code = error.code === "passphrase" ? "wrong_passphrase" : "wallet_format";
        throw new SignerError(code, error.message);
      }
      throw new SignerError("unopened", "Cannot open the wallet");
    });
  try {
    const signer = await createKeySigner({
      nostrKey,
      paymentKey,
      ceilings: options.ceilings,
      allow: options.allow,
      parties: options.parties,
      transactionCeilings: options.transactionCeilings,
      ...await ledgerOf(options, remotes, paymentKey),
      clock: context.clock,
    });
    return Object.freeze({ ...signer, ...unlocking(signer, keys.blob) });
  } finally {
    nostrKey.fill(0);
    paymentKey.fill(0);
  }
}

/** The most wrong passphrases until the signer ends. */
const MAX_TRIES = 5;

/** Checks the passphrase of a call. Only few tries are allowed, one after the other, so that a compromised caller cannot guess it. */
function unlocking(
  signer: KeySigner,
  blob: string,
): Pick<UnlockableSigner, "changeCeilings" | "allowRecipient"> {
  let wrong = 0;
  let last: Promise<unknown> = Promise.resolve();
  async function check(passphrase: string): Promise<void> {
    if (wrong >= MAX_TRIES) {
      throw new SignerError("locked", "too many wrong passphrases: start the program again");
    }
    try {
      const { nostrKey, paymentKey } = await openWallet(blob, passphrase);
      nostrKey.fill(0);
      paymentKey.fill(0);
    } catch {
      wrong++;
      throw new SignerError("locked", "the passphrase is wrong");
    }
  }
  function unlocked<T>(passphrase: string, use: () => Promise<T>): Promise<T> {
    const inTurn = async () => {
      await check(passphrase);
      return await use();
    };
    const turn = last.then(inTurn, inTurn);
    last = turn;
    return turn;
  }
  return {
    changeCeilings: ({ passphrase, ceilings }) =>
      unlocked(passphrase, () => signer.setCeilings(ceilings)),
    allowRecipient: ({ passphrase, recipient }) =>
      unlocked(passphrase, () => signer.addRecipient(recipient)),
  };
}

/** The newest snapshot, and the store of its entries. Their names are the wallet's name, a colon and the entry's key. */
export async function ledgerOf(
  { snapshot }: Pick<SignerServiceOptions, "snapshot">,
  { store }: Pick<SignerServiceRemotes, "store">,
  paymentKey: Uint8Array,
): Promise<Pick<KeySignerOptions, "snapshot" | "entries">> {
  if (snapshot !== "stored") return { snapshot };
  if (store === undefined) throw new SignerError("snapshot", "Cannot start: no store was given");
  const { addressOf } = await loadSecp256k1();
  const name = snapshotName(addressOf(paymentKey));
  const prefix = `${name}:`;
  return {
    snapshot: await store.snapshot(name) ?? "first",
    entries: {
      async load() {
        const rows = await store.snapshotsUnder(prefix);
        return rows.map(({ name, ...row }) => ({ ...row, key: name.slice(prefix.length) }));
      },
      save: (entries, head) =>
        store.commit([
          { op: "putSnapshot", name, ...head },
          ...entries.map(({ key, counter, sealed }) => ({
            op: "putSnapshot" as const,
            name: `${prefix}${key}`,
            counter,
            sealed,
          })),
        ]),
    },
  };
}
