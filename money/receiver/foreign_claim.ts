/**
 * Checks to whom the account in a claim belongs. A sender that names another's account learns nothing about it.
 *
 * @module
 */
import type { Claim } from "../../protocols/evm/claim.ts";
import type { ClaimRefusal } from "../claims/claim_ack.ts";
import { sameHash } from "./packet_hash.ts";
import type { ReceiverAccount } from "./receiver_account.ts";
import type { PayingAccount, ReceiverDeps } from "./receiver_options.ts";

/**
 * Why the account does not belong to the sender. Null if it does. A session that is bound to the channel or to its payer owns the account.
 * Any other session proves it by its claim's signature, or by the bytes of a packet that the account's owner sent before (`hash` of
 * `packet_hash.ts`).
 */
export async function foreignClaim(
  { store, recover }: Pick<ReceiverDeps, "store" | "recover">,
  account: ReceiverAccount,
  claim: Claim,
  from: Extract<PayingAccount, { kind: "channel" }>,
  hash: Uint8Array,
): Promise<ClaimRefusal | null> {
  if (from.channelId !== null) return null;
  const peer = account.peer.toLowerCase();
  if (claim.signerAddress.toLowerCase() !== peer) return "wrong_channel";
  // The address was compared with the claim's signer above. The session proved this address by its secret or its proof.
  if (from.payer === peer) return null;
  const live = account.find(claim.nonce);
  const known = live?.row ??
    (claim.nonce <= account.tip.nonce
      ? await store.incoming(account.channelId, claim.nonce)
      : null);
  if (known !== null && sameHash(known.hash, hash)) return null;
  try {
    return recover(claim).toLowerCase() === peer ? null : "wrong_signer";
  } catch {
    return "signature_invalid";
  }
}
