/** A peer that pays through the buyer's channel with covered claims, frame by frame. */
import assert from "node:assert/strict";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { encodeCoveredClaim } from "../../../protocols/evm/covered_claim.ts";
import { signClaimAs } from "./raw_claim.ts";
import { type Answer, prepareOf, RawPeer } from "./raw_peer.ts";
import type { Rig } from "./rig.ts";

/** REJECT code, else FULFILL, with the reason of a refused claim. */
export function said({ packet, ack }: Answer): string {
  const code = packet?.type === "reject" ? packet.code : packet?.type ?? "nothing";
  return ack?.reason === undefined ? code : `${code} ${ack.reason}`;
}

/** A peer that pays through the buyer's channel, and what it sends. */
export async function buyer(net: Rig) {
  const { channelId } = net.channels.buyer;
  const peer = await RawPeer.signedIn(net.connector.url, "buyer");
  return {
    peer,
    signed: (nonce: number, units: bigint, signedBy = "buyer") =>
      signClaimAs("buyer", channelId, nonce, units, { signedBy }),
    covered: (nonce: number, coveredBy: number, channel: string = channelId) =>
      encodeCoveredClaim({ channelId: asChannelId(channel), nonce, coveredBy }),
    account: () => net.connector.status().accounts.find((each) => each.channelId === channelId),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** Whether an answer has come by the time at which the connector has answered a later question on the same session. */
export async function isAnswered(promise: Promise<unknown>, peer: RawPeer): Promise<boolean> {
  let answered = false;
  void promise.then(() => answered = true);
  await heard(peer);
  await new Promise((resolve) => setTimeout(resolve, 20));
  return answered;
}

/** A round trip on the session. */
export async function heard(peer: RawPeer): Promise<void> {
  assert.equal(said(await peer.pay(prepareOf(0n), null)), "fulfill");
}
