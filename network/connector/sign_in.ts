/**
 * Who signs in, and what that lets the session do: a peer with its secret pays, and receives once it proved its channel's key; a
 * guest, where there may be any, only pays.
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

/** What the check asks. */
export interface SignInDeps extends Pick<ConnectorDeps, "chain" | "timers"> {
  readonly peers: Peers;
  readonly secp: Secp256k1;
  readonly paymentAddress: string;
  /** For proofs of guests, who may name any channel. */
  readonly facts: ChannelFactsCache;
  /** Whether names that are not configured may come in. */
  readonly guests: boolean;
}

/** A session's rights. */
export interface SignedIn {
  /** As people see it; a guest's own words are not repeated. */
  readonly name: string;
  /** Null for a guest. */
  readonly peer: Peer | null;
  readonly account: PayingAccount;
  /** Whether the channel's key was shown. */
  readonly proven: boolean;
  /** The channel that the proof named, where it is open and the peer's channels are found that way. */
  readonly channelId: string | null;
}

/** Whose name and secret these are, null for a guest; asks nobody. Throws BtpError `unauthorized`. */
export function identify({ username, token }: Auth, { peers, guests }: SignInDeps): Peer | null {
  const peer = peers.get(username);
  if (peer === undefined && guests) return null;
  if (!secretMatches(peer, token)) throw refused("Unknown name or wrong secret");
  return peer!;
}

/**
 * Checks the proof of a sign-in by whom {@link identify} found; throws BtpError `unauthorized`. A proof that does not hold ends it.
 */
export async function signIn(
  auth: Auth,
  peer: Peer | null,
  deps: SignInDeps,
): Promise<SignedIn> {
  if (peer === null) return await guest(auth.proof, deps);
  const { options, account } = peer;
  const named = { name: options.username, peer, account };
  // A peer without a channel has no key to prove: its configured secret is all there is.
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
  // A closed channel still tells who it is, so that packets that are open on it are settled.
  return { ...named, proven: true, channelId: facts.state === "open" ? channelId : null };
}

/** Anybody: it pays through channels that we are a party of, and asks for its account if it shows that channel's key. */
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
    throw refused("The channel's proof: not the pinned peer's channel with us");
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
