/** A payee whose key is pinned, a payer, and a stranger, with real signers; documents as a relay delivers them. */
import type { NostrEvent, UnsignedEvent, VerifiedEvent } from "../../../protocols/nostr/event.ts";
import { createVerifier } from "../../../protocols/nostr/verifier.ts";
import type { TermsRules } from "../../../market/terms/terms.ts";
import { makeSigner, startMs } from "../../money/signer/fixtures.ts";

export const verifier = await createVerifier();
export const nowS = Math.floor(startMs / 1_000);
export const TOWN = await partyOf(1);
export const PAYER = await partyOf(2);
export const STRANGER = await partyOf(3);
export const ADDRESS = `0x${"ab".repeat(20)}`;
export const OTHER_ADDRESS = `0x${"ef".repeat(20)}`;
export const NETWORK = `0x${"cd".repeat(20)}`;
export const TOKEN = `0x${"12".repeat(20)}`;

/** The rules of the payer's profile. */
export const RULES: TermsRules = {
  pinnedPubkey: TOWN.pubkey,
  chainId: 84_532,
  tokenNetworkAddress: NETWORK,
  tokenAddress: TOKEN,
  relayUrl: "wss://relay.example",
  assetScale: 6,
  warnUnitsPerByte: 100n,
  maxUnitsPerByte: 1_000n,
  knownAddress: null,
};

async function partyOf(byte: number) {
  const signer = await makeSigner({ nostrKey: new Uint8Array(32).fill(byte) });
  const { pubkey } = await signer.identity();
  return {
    signer,
    pubkey,
    async sign(template: Omit<UnsignedEvent, "pubkey">): Promise<VerifiedEvent> {
      const [event] = await signer.signEvents([{ ...template, pubkey } as UnsignedEvent]);
      return event as VerifiedEvent;
    },
  };
}

/** The event as a relay delivers it. */
export function documentOf(event: NostrEvent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(event));
}
