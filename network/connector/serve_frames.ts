/**
 * What a peer's session is answered with: packets, questions for its account, and its own address (ILDCP); counted by outcome.
 *
 * @module
 */
import { asIlpAddress, isIlpAddress } from "../../protocols/ilp/address.ts";
import type { IldcpResponse } from "../../protocols/ilp/ildcp.ts";
import { RateLimit } from "../../base/rate_limit.ts";
import type { Receiver } from "../../money/receiver/receiver.ts";
import type { PayingAccount } from "../../money/receiver/receiver_options.ts";
import type { BtpSessionOptions } from "../../peers/connector/btp_session_options.ts";
import { answerIldcp } from "../../peers/connector/ildcp.ts";
import { servePacket } from "../../peers/connector/packet_server.ts";
import type { ConnectorOptions } from "./connector_options.ts";
import type { Peer } from "./peer.ts";
import type { Tally } from "./tally.ts";

/** Answers one frame of one session; null is silence. */
export type ServeFrame = BtpSessionOptions["onMessage"];

/** What answers are made of. */
export interface ServeFramesDeps {
  readonly receiver: Receiver;
  readonly tally: Tally;
  readonly options: Pick<ConnectorOptions, "ilpAddress" | "asset" | "freePackets">;
}

const DEFAULT_FREE: readonly [number, number] = [20, 5];
const REJECT = 14;

/** The answers of one session; packets of amount 0 are rate-limited a session. `peer` is null for a guest. */
export function serveFrames(
  account: PayingAccount,
  peer: Peer | null,
  { receiver, tally, options }: ServeFramesDeps,
): ServeFrame {
  const free = new RateLimit(...options.freePackets ?? DEFAULT_FREE);
  const child = peer === null ? null : childOf(peer, options);
  return async (frame, wire) => {
    const content = answerIldcp(frame, child) ??
      await servePacket(frame, receiver, account, { wire, free });
    if (content?.packet !== undefined) tally.count(outcomeOf(content.packet));
    return content;
  };
}

/** A peer that we dial is no child of ours. */
function childOf(
  { options: { username, ilpAddress, dial } }: Peer,
  connector: ServeFramesDeps["options"],
): IldcpResponse | null {
  const address = ilpAddress ?? `${connector.ilpAddress}.${username}`;
  if (dial !== undefined || !isIlpAddress(address)) return null;
  const { code, scale } = connector.asset ?? { code: "M2M", scale: 6 };
  return { clientAddress: asIlpAddress(address), assetCode: code, assetScale: scale };
}

/** `fulfilled`, or the three characters of a REJECT's code behind its length; answers are of our own making. */
function outcomeOf(packet: Uint8Array): string {
  if (packet[0] !== REJECT) return "fulfilled";
  const at = packet[1] < 0x80 ? 2 : 2 + (packet[1] & 0x7f);
  return String.fromCharCode(...packet.subarray(at, at + 3));
}
