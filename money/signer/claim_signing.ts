/**
 * Signs claims. Each claim is checked against the ledger as it will be after the claims before it. All signatures of one call are verified
 * together. The ledger changes once, before any signature is returned.
 *
 * @module
 */
import type { Address } from "../../protocols/evm/address.ts";
import { balanceProofDigest } from "../../protocols/evm/balance_proof.ts";
import { recoverable, type Secp256k1, type Signed } from "../../protocols/evm/secp256k1.ts";
import type { Random } from "../wallet/blob.ts";
import { type AllowedContract, checkAllowed, parseClaimFields } from "./claim_fields.ts";
import { channelKey, type ChannelState, judgeClaim } from "./claim_ledger.ts";
import type { Ledger } from "./ledger.ts";
import type { SignedClaim, SignedClaims } from "./signer.ts";
import { SignerError } from "./signer_error.ts";
import type { Ceilings } from "./hard_ceilings.ts";

/** From this number of signatures on, one sum is cheaper than checking each with the secret key. */
const TOGETHER = 4;
/** The most signatures in one sum. */
const MAX_TOGETHER = 64;

/** What signing claims needs. */
interface ClaimSigningDeps {
  readonly secp: Secp256k1;
  readonly paymentKey: Uint8Array;
  readonly paymentAddress: Address;
  readonly allow: readonly AllowedContract[];
  readonly ledger: Ledger;
  readonly ceilings: () => Ceilings;
  readonly clock: () => number;
  readonly random: Random;
  /** Signs a digest and verifies the signature. */
  readonly signVerified: (digest: Uint8Array) => string;
}

/** Signs claims of one key. */
interface ClaimSigning {
  /** One claim. Throws SignerError. */
  one(fields: unknown): SignedClaim;
  /** Several claims, up to the first that is refused. Throws SignerError `locked` if a signature does not verify. */
  all(list: readonly unknown[]): SignedClaims;
}

/** An allowed claim: its earlier signature, or the digest to sign. */
type Allowed = { readonly again: string } | { readonly digest: Uint8Array };

/** Makes the claim signing of one ledger. */
export function createClaimSigning(deps: ClaimSigningDeps): ClaimSigning {
  const { ledger, secp, paymentAddress, paymentKey } = deps;

  /** Checks claims one after another. `states` and `spending` are the ledger after the claims before. */
  const judging = () => {
    const states = new Map<string, Omit<ChannelState, "signature">>();
    const signatures = new Map<string, string>();
    let { spending } = ledger.head;
    return {
      states,
      signatures,
      get spending() {
        return spending;
      },
      judge(fields: unknown): { readonly key: string; readonly allowed: Allowed } {
        const claim = parseClaimFields(fields);
        const key = channelKey(checkAllowed(deps.allow, claim), claim.channelId);
        const before = states.get(key);
        const last = before === undefined
          ? ledger.entry<ChannelState>(key)
          : { ...before, signature: "" };
        if (before !== undefined && claim.nonce === before.nonce) {
          throw new SignerError("nonce", `nonce ${claim.nonce} occurs twice in one call`);
        }
        const judged = judgeClaim(last, spending, claim, deps.ceilings(), deps.clock());
        if ("again" in judged) return { key, allowed: judged };
        spending = judged.spending;
        const { nonce, transferredAmount } = claim;
        states.set(key, { nonce, transferredAmount });
        const domain = { chainId: claim.chainId, verifyingContract: claim.tokenNetworkAddress };
        return { key, allowed: { digest: balanceProofDigest(domain, claim) } };
      },
    };
  };

  const signAll = (digests: readonly Uint8Array[]): string[] => {
    if (digests.length < TOGETHER) return digests.map(deps.signVerified);
    const made = digests.map((digest) => secp.sign(digest, paymentKey));
    for (let from = 0; from < made.length; from += MAX_TOGETHER) {
      const signed: Signed[] = made.slice(from, from + MAX_TOGETHER).map((signature, at) => ({
        digest: digests[from + at],
        signature: recoverable(signature),
      }));
      if (secp.allOf(paymentAddress, signed, deps.random(16 * signed.length))) continue;
      throw new SignerError("locked", "a signature that was made does not verify");
    }
    return made;
  };

  const all = (list: readonly unknown[]): SignedClaims => {
    const claims = judging();
    const allowed: { readonly key: string; readonly allowed: Allowed }[] = [];
    let refusal: SignedClaims["refusal"] = null;
    for (const fields of list) {
      try {
        allowed.push(claims.judge(fields));
      } catch (error) {
        const { code, message, above } = refused(error);
        refusal = { code, message, above };
        break;
      }
    }
    const made = signAll(
      allowed.flatMap(({ allowed }) => "digest" in allowed ? [allowed.digest] : []),
    );
    let at = 0;
    const signatures = allowed.map(({ key, allowed }) => {
      if ("again" in allowed) return allowed.again;
      const signature = made[at++];
      claims.signatures.set(key, signature);
      return signature;
    });
    const snapshot = made.length === 0 ? ledger.snapshot() : ledger.change(
      { spending: claims.spending },
      [...claims.states].map(([key, state]) => [
        key,
        { ...state, signature: claims.signatures.get(key)! },
      ]),
    );
    return { signatures, signerAddress: paymentAddress, snapshot, refusal };
  };

  return {
    all,
    one(fields) {
      const { signatures: [signature], refusal, ...rest } = all([fields]);
      if (refusal !== null) throw new SignerError(refusal.code, refusal.message, refusal);
      return { signature, signerAddress: rest.signerAddress, snapshot: rest.snapshot };
    },
  };
}

/** Any other error while hostile fields are read becomes an error with our own message. */
function refused(error: unknown): SignerError {
  if (error instanceof SignerError) return error;
  return new SignerError("bad_field", "Cannot sign: a field cannot be read");
}
