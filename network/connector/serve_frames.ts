/**
 * Answers the frames of a peer's session: packets, questions about its account, and requests for its address (ILDCP). Counts the outcomes
 * of packets.
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

/** Answers one frame of one session. Null: no answer is sent. */
export type ServeFrame = BtpSessionOptions["onMessage"];

/** What answers need. */
export interface ServeFramesDeps {
  readonly receiver: Receiver;
  readonly tally: Tally;
  readonly options: Pick<ConnectorOptions, "ilpAddress" | "asset" | "freePackets">;
}

const DEFAULT_FREE: readonly [number, number] = [20, 5];
const REJECT = 14;

/** Makes the function that answers the frames of one session. Each session limits its packets of amount 0. `peer` is null for a guest. */
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

/** The ILDCP answer for a peer. Null for a peer that we dial, because it is not our child. */
function childOf(
  { options: { username, ilpAddress, dial } }: Peer,
  connector: ServeFramesDeps["options"],
): IldcpResponse | null {
  const address = ilpAddress ?? `${connector.ilpAddress}.${username}`;
  if (dial !== undefined || !isIlpAddress(address)) return null;
  const { code, scale } = connector.asset ?? { code: "M2M", scale: 6 };
  return { clientAddress: asIlpAddress(address), assetCode: code, assetScale: scale };
}

/** `fulfilled`, or the code of a REJECT: the three characters after its length. The packet is valid, because we encoded it. */
function outcomeOf(packet: Uint8Array): string {
  if (packet[0] !== REJECT) return "fulfilled";
  const at = packet[1] < 0x80 ? 2 : 2 + (packet[1] & 0x7f);
  return String.fromCharCode(...packet.subarray(at, at + 3));
}
