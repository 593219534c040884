/**
 * The signer with its keys in memory (docs/money.md#keys). The keys are in closures, so neither inspection nor JSON of the signer or its
 * errors shows them. Everything that it signs is verified before it is returned.
 *
 * Held: two keys, the ledger (ledger.ts), 256 conversation keys.
 *
 * @module
 */
import { balanceProofDigest } from "../../protocols/evm/balance_proof.ts";
import { challengeDigest } from "../../protocols/evm/challenge.ts";
import {
  loadSecp256k1,
  normalizeSignature,
  SignatureError,
} from "../../protocols/evm/secp256k1.ts";
import { toHex } from "../../protocols/evm/keccak.ts";
import type { TransactionFields } from "../../protocols/evm/contract_call.ts";
import { encodeTransaction, transactionDigest } from "../../protocols/evm/transaction.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import {
  checkAllowed,
  parseAllowList,
  parseChallengeFields,
  parseChannelFields,
  parseClaimFields,
  record,
} from "./claim_fields.ts";
import { type CeilingChange, type CeilingsView, parseCeilings } from "./ceilings.ts";
import { type CountedCeilings, createLiveCeilings } from "./live_ceilings.ts";
import { channelKey, type ChannelState } from "./claim_ledger.ts";
import { createClaimSigning } from "./claim_signing.ts";
import { createConversations } from "./conversations.ts";
import { createEventSigning } from "./event_signing.ts";
import { createGiftWraps } from "./gift_wraps.ts";
import { createPrivateTexts } from "./private_texts.ts";
import { keyBindingEvent } from "./key_binding.ts";
import { openLedger } from "./ledger.ts";
import { ledgerKeysOf } from "./ledger_seal.ts";
import type { SealedSnapshot } from "./sealed_snapshot.ts";
import type { Signer } from "./signer.ts";
import { SignerError } from "./signer_error.ts";
import { parseTransactionFields } from "./transaction_fields.ts";
import {
  depositKey,
  freeNonce,
  judgeTransaction,
  TRANSACTION_CEILINGS,
} from "./transaction_ledger.ts";
import type { DepositState } from "./transaction_state.ts";
import { createTransactionPolicy } from "./transaction_policy.ts";
import type { TransactionSigner } from "./transaction_signer.ts";
import { batch, safely } from "./signer_calls.ts";
import { type KeySignerOptions, secureRandom, startOf } from "./key_signer_options.ts";

/** A signer with the methods that only its own process may call. */
export interface KeySigner extends Signer, TransactionSigner {
  /** The signed statement that binds the payment key to the Nostr key (key_binding.ts). */
  bindPaymentKey(): Promise<NostrEvent>;
  /** The current ledger, sealed. */
  snapshot(): Promise<SealedSnapshot>;
  /**
   * Records that a channel was settled, by any party, so that its deposit no longer counts as locked. If a caller reports that wrongly, the
   * day's ceiling of deposits still applies.
   */
  noteSettled(fields: {
    readonly chainId: number;
    readonly tokenNetworkAddress: string;
    readonly channelId: string;
  }): Promise<SealedSnapshot>;
  /** The ceilings in force, and their history. */
  ceilings(): Promise<CeilingsView>;
  /**
   * Whether the ceilings allow a transaction that is not signed yet. Its account nonce and recipient are not checked. Rejects with
   * SignerError `ceiling`.
   */
  checkTransaction(fields: TransactionFields): Promise<void>;
  /**
   * Allows a recipient until the signer ends. The caller must have the passphrase, as with {@link KeySigner.setCeilings}; the service
   * checks it (`allowRecipient`).
   */
  addRecipient(recipient: string): Promise<void>;
  /**
   * Sets ceilings permanently, up or down. The caller must have the passphrase. It is not a method of the service, which checks the
   * passphrase (`changeCeilings`). The change stays in the ledger.
   */
  setCeilings(ceilings: CeilingChange["ceilings"]): Promise<SealedSnapshot>;
  /**
   * Lowers ceilings until the signer ends, because their owner lowered a limit while the program runs. A value above the present one
   * changes nothing, so no caller can raise a ceiling with it. Everything that is signed after the answer is below the new ceilings.
   */
  lowerCeilings(ceilings: CeilingChange["ceilings"]): Promise<CeilingsView>;
  /** The enforced ceilings as soon as they have changed more than `changes` times, and after `waitMs` in any case. */
  ceilingsAfter(changes: number, waitMs: number): Promise<CountedCeilings>;
  /** Overwrites all keys. Every later call is refused with SignerError `locked`. */
  destroy(): void;
}

/** The longest time until a challenge expires. Peers accept 60 s; one more second allows for rounding. */
const MAX_CHALLENGE_MS = 61_000;

/**
 * Makes a signer.
 *
 * @throws {SignerError} `wallet_format` if a key is not valid, `snapshot` if the snapshot is not of this wallet, `bad_field`
 */
export async function createKeySigner(options: KeySignerOptions): Promise<KeySigner> {
  const { clock, random = secureRandom } = options;
  const secp = await loadSecp256k1();
  secp.blind(random(32));
  const nostrKey = options.nostrKey.slice();
  const paymentKey = options.paymentKey.slice();
  if (!secp.isSecretKey(nostrKey) || !secp.isSecretKey(paymentKey)) {
    throw new SignerError("wallet_format", "Cannot start: the wallet holds no usable keys");
  }
  const allow = parseAllowList(options.allow);
  const events = createEventSigning(nostrKey, random);
  const conversations = createConversations(nostrKey, random);
  const { verify } = await createVerifier();
  const { pubkey, sign } = events;
  const wraps = createGiftWraps({ pubkey, conversations, sign, verify, random, clock });
  const { decrypt } = conversations;
  const texts = createPrivateTexts({ nostrKey, pubkey, decrypt, random, clock });
  const paymentAddress = secp.addressOf(paymentKey);
  const policy = createTransactionPolicy(paymentAddress, allow, options.parties);
  const ledgerKeys = ledgerKeysOf(paymentKey);
  const { entries } = options;
  const kept = await entries?.load();
  const ledger = openLedger(ledgerKeys, startOf(options.snapshot), kept, entries);
  const ceilings = createLiveCeilings(
    parseCeilings(options.ceilings, options.transactionCeilings ?? TRANSACTION_CEILINGS),
    ledger,
    clock,
  );
  let destroyed = false;

  const run = <T>(action: () => T): Promise<T> =>
    new Promise((resolve) => {
      if (destroyed) throw new SignerError("locked", "the signer was destroyed");
      resolve(safely(action));
    });

  /**
   * Signs a digest. Only for digests that were made here from typed fields. Every signature is checked with the secret key. The first and
   * then every 64th is also recovered, as a receiver does it, which shares no code with the signing.
   */
  let signed = 0;
  const signVerified = (digest: Uint8Array): string => {
    try {
      const signature = secp.signChecked(digest, paymentKey);
      const recover = signed++ % 64 === 0;
      if (!recover || secp.recover(digest, signature) === paymentAddress) return signature;
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
    }
    throw new SignerError("locked", "the signature that was made does not verify");
  };

  /** The signature in this signer's form. Throws SignerError `bad_field` if another key made it. */
  const ownSignature = (digest: Uint8Array, signature: unknown): string => {
    const bytes = normalizeSignature(typeof signature === "string" ? signature : "");
    if (secp.recover(digest, toHex(bytes)) === paymentAddress) return toHex(bytes);
    throw new SignerError("bad_field", "signature must be of this wallet's own key");
  };

  const claims = createClaimSigning({
    secp,
    paymentKey,
    paymentAddress,
    allow,
    ledger,
    ceilings: ceilings.effective,
    clock,
    random,
    signVerified,
  });
  return Object.freeze<KeySigner>({
    identity: () => run(() => ({ pubkey: events.pubkey, paymentAddress })),
    signEvents: (list) =>
      run(() => batch(list, "events").map((event) => texts.proof(event) ?? events.sign(event))),
    signClaim: (fields) => run(() => claims.one(fields)),
    signClaims: (list) => run(() => claims.all(batch(list, "claims"))),
    lastClaim: (fields) =>
      run(() => {
        const channel = parseChannelFields(fields);
        const key = channelKey(checkAllowed(allow, channel), channel.channelId);
        return ledger.entry<ChannelState>(key) ?? null;
      }),
    adoptClaim: (value) =>
      run(() => {
        const fields = record(value, "a claim");
        const claim = parseClaimFields({ ...fields, packetAmount: 0n });
        const key = channelKey(checkAllowed(allow, claim), claim.channelId);
        const domain = { chainId: claim.chainId, verifyingContract: claim.tokenNetworkAddress };
        const { nonce, transferredAmount } = claim;
        const signature = ownSignature(balanceProofDigest(domain, claim), fields.signature);
        const last = ledger.entry<ChannelState>(key);
        if (last !== undefined && last.nonce >= nonce) return ledger.snapshot();
        return ledger.change({}, [[key, { nonce, transferredAmount, signature }]]);
      }),
    signTransaction: (value) =>
      run(() => {
        const fields = parseTransactionFields(value);
        const change = judgeTransaction(ledger, fields, {
          from: paymentAddress,
          entry: policy.check(fields),
          ceilings: ceilings.effective(),
          nowMs: clock(),
        });
        // RFC 6979: the same fields give the same bytes, so they need not be stored.
        const signature = signVerified(transactionDigest(fields, paymentAddress));
        const signed = encodeTransaction(fields, paymentAddress, signature);
        const snapshot = change === null
          ? ledger.snapshot()
          : ledger.change(change.head, change.entries);
        return { ...signed, from: paymentAddress, snapshot };
      }),
    checkTransaction: (value) =>
      run(() => {
        const fields = parseTransactionFields(value);
        const entry = allow.find(({ chainId }) => chainId === fields.chainId);
        if (entry === undefined) {
          throw new SignerError("not_allowed", `chain ${fields.chainId} is not on the allow list`);
        }
        judgeTransaction(ledger, { ...fields, nonce: freeNonce(ledger, entry) }, {
          from: paymentAddress,
          entry,
          ceilings: ceilings.effective(),
          nowMs: clock(),
        });
      }),
    addRecipient: (recipient) => run(() => policy.addRecipient(recipient)),
    noteSettled: (value) =>
      run(() => {
        const channel = parseChannelFields(value);
        const key = depositKey(checkAllowed(allow, channel), channel.channelId);
        const deposit = ledger.entry<DepositState>(key);
        return deposit?.locked
          ? ledger.change({}, [[key, { ...deposit, locked: false }]])
          : ledger.snapshot();
      }),
    signChallenge: (fields) =>
      run(() => {
        const challenge = parseChallengeFields(fields);
        checkAllowed(allow, challenge);
        if (challenge.expiresS * 1_000 > clock() + MAX_CHALLENGE_MS) {
          throw new SignerError("bad_field", "expiresS must be at most 60 seconds ahead");
        }
        const domain = {
          chainId: challenge.chainId,
          verifyingContract: challenge.tokenNetworkAddress,
        };
        const signature = signVerified(challengeDigest(domain, challenge));
        return { signature, signerAddress: paymentAddress };
      }),
    signCheckpoint: (fields) =>
      run(() => ({ signature: events.signCheckpoint(fields), pubkey: events.pubkey })),
    signBuild: (facts, job) => run(() => events.signBuild(facts, job)),
    packetFulfilments: (packets) =>
      run(() =>
        batch(packets, "packets").map((packet) => {
          const { peer, dataSha256 } = record(packet, "a packet");
          return conversations.fulfilment(peer, dataSha256);
        })
      ),
    encrypt: (peer, plaintext) => run(() => conversations.encrypt(peer, plaintext)),
    decrypt: (peer, payload) => run(() => conversations.decrypt(peer, payload)),
    openWrap: (wrap) => run(() => wraps.open(wrap)),
    wrap: (peer, message) => run(() => wraps.make(peer, message)),
    answersKey: () => run(() => texts.answersKey),
    wrapText: (reader, text) => run(() => texts.wrap(reader, text)),
    openText: (wrap) => run(() => texts.open(wrap)),
    bindPaymentKey: () =>
      run(() => {
        const createdAtS = Math.floor(clock() / 1_000);
        return events.sign(keyBindingEvent(secp, events.pubkey, paymentKey, createdAtS));
      }),
    ceilings: () => run(ceilings.view),
    setCeilings: (value) => run(() => ceilings.set(value)),
    lowerCeilings: (value) => run(() => ceilings.lower(value)),
    ceilingsAfter: async (changes, waitMs) => {
      await ceilings.changed(changes, waitMs);
      return await run(ceilings.counted);
    },
    snapshot: () => run(() => ledger.snapshot()),
    destroy() {
      destroyed = true;
      for (const key of [nostrKey, paymentKey]) key.fill(0);
      ledgerKeys.destroy();
      conversations.destroy();
      texts.destroy();
    },
  });
}
