/**
 * Checks a sign-in and decides what the session may do. A peer with the right secret may pay; if it also proved its channel's key, it may
 * receive. A guest, if guests are allowed, may only pay.
 *
 * @module
 */
import type { Auth, ChannelProof } from "../../protocols/btp/auth.ts";
import type { Secp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { ChannelFactsCache } from "../../money/claims/channel_facts.ts";
import type { PayingAccount } from "../../money/receiver/receiver_options.ts";
import type { ChannelFacts } from "../../money/evm/chain.ts";
import { BtpError } from "../../peers/connector/btp_error.ts";
import { checkProof } from "../../peers/connector/channel_proof.ts";
import type { ConnectorDeps } from "./connector_options.ts";
import type { Peer } from "./peer.ts";
import { type Peers, secretMatches } from "./peers.ts";

/** What the check needs. */
export interface SignInDeps extends Pick<ConnectorDeps, "chain" | "timers"> {
  readonly peers: Peers;
  readonly secp: Secp256k1;
  readonly paymentAddress: string;
  /** For proofs of guests, who may name any channel. */
  readonly facts: ChannelFactsCache;
  /** Whether usernames that are not configured are accepted as guests. */
  readonly guests: boolean;
}

/** What a signed-in session may do. */
export interface SignedIn {
  /** The name to show to people. The username of a guest is not shown. */
  readonly name: string;
  /** Null for a guest. */
  readonly peer: Peer | null;
  readonly account: PayingAccount;
  /** Whether the session proved the channel's key, or its peer has no channel. */
  readonly proven: boolean;
  /** The open channel of the proof; null if there is no proof, the channel is not open, or the session is a guest's. */
  readonly channelId: string | null;
}

/** The peer with this username and secret; null for a guest. Makes no calls. Throws BtpError `unauthorized`. */
export function identify({ username, token }: Auth, { peers, guests }: SignInDeps): Peer | null {
  const peer = peers.get(username);
  if (peer === undefined && guests) return null;
  if (!secretMatches(peer, token)) throw refused("Unknown username or wrong secret");
  return peer!;
}

/**
 * Checks the proof of a sign-in of the peer that {@link identify} found. Throws BtpError `unauthorized` if there is a proof and it is
 * invalid.
 */
export async function signIn(
  auth: Auth,
  peer: Peer | null,
  deps: SignInDeps,
): Promise<SignedIn> {
  if (peer === null) return await guest(auth.proof, deps);
  const { options, account } = peer;
  const named = { name: options.username, peer, account };
  // A peer without a channel has no key to prove. Its secret is enough.
  if (account.kind === "trust") return { ...named, proven: true, channelId: null };
  if (auth.proof === undefined) return { ...named, proven: false, channelId: null };
  const channelId = options.settlementAddress === undefined
    ? options.channelId!
    : auth.proof.channelId;
  const facts = await deps.chain.channel(channelId);
  if (facts === null) throw refused("The peer's channel is unknown");
  if (options.settlementAddress !== undefined) {
    pinned(facts, deps.paymentAddress, options.settlementAddress);
  }
  holds(auth.proof, facts, deps);
  // A closed channel also identifies the peer, so that open packets of that channel can be settled.
  return { ...named, proven: true, channelId: facts.state === "open" ? channelId : null };
}

/** A guest may pay through every channel of which we are a party. With a proof of the channel's key, it may also ask for its account. */
async function guest(proof: ChannelProof | undefined, deps: SignInDeps): Promise<SignedIn> {
  const signed = { name: "guest", peer: null, channelId: null };
  if (proof === undefined) {
    return { ...signed, account: { kind: "channel", channelId: null }, proven: false };
  }
  const facts = await deps.facts.get(proof.channelId);
  if (facts === null || facts === "rate_limited") throw refused("The channel is unknown");
  holds(proof, facts, deps);
  const own = deps.paymentAddress.toLowerCase();
  const [payer] = addressesOf(facts).filter((address) => address !== own);
  return { ...signed, account: { kind: "channel", channelId: null, payer }, proven: true };
}

/** The channel must be exactly between us and the pinned address. */
function pinned(facts: ChannelFacts, ownAddress: string, peerAddress: string): void {
  const expected = [ownAddress.toLowerCase(), peerAddress.toLowerCase()].sort();
  const found = addressesOf(facts).sort();
  if (expected.some((address, at) => address !== found[at])) {
    throw refused("The channel's proof: the channel is not between the pinned peer and us");
  }
}

function holds(proof: ChannelProof, facts: ChannelFacts, deps: SignInDeps): void {
  const { secp, paymentAddress, timers } = deps;
  const parties = addressesOf(facts);
  const fault = parties.includes(paymentAddress.toLowerCase())
    ? checkProof(secp, proof, facts, paymentAddress, timers.now())
    : "wrong_channel";
  if (fault !== null) throw refused(`The channel's proof: ${fault}`);
}

function addressesOf(facts: ChannelFacts): string[] {
  return facts.participants.map(({ address }) => address.toLowerCase());
}

function refused(message: string): BtpError {
  return new BtpError("unauthorized", message);
}
