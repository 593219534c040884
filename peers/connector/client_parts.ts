/**
 * The parts of a session with a connector: the channels that pay, the finder of channels, and the receiver. They are made from the store.
 *
 * @module
 */
import type { CommitLane } from "../../money/claims/commit_lane.ts";
import type { PacketCodec } from "../../money/claims/packet_link.ts";
import type { Receiver } from "../../money/receiver/receiver.ts";
import { ChannelFinder } from "./channel_finder.ts";
import {
  type ConnectorClientDeps,
  type ConnectorClientOptions,
  pinnedAddress,
} from "./client_options.ts";
import { openReceiver } from "./client_receiver.ts";
import { PaidChannels } from "./paid_channels.ts";

/** The parts of a session. */
export interface ClientParts {
  readonly channels: PaidChannels;
  /** Null if there is no channel manager, or the peer's payment address is not known. */
  readonly finder: ChannelFinder | null;
  /** Null if this side accepts no packets. */
  readonly receiver: Receiver | null;
}

/**
 * Reads the store and makes the parts.
 *
 * @throws {RangeError} if no channel is configured and there is no finder
 */
export async function openParts(
  options: ConnectorClientOptions,
  deps: ConnectorClientDeps,
  lane: CommitLane,
  codec: PacketCodec,
): Promise<ClientParts> {
  const { channel, auth, url } = options;
  const address = channel === null ? null : pinnedAddress(channel.peerAddress);
  const channels = await PaidChannels.open({
    username: auth?.username ?? "",
    peer: channel?.peerAddress ?? url,
    channelId: channel?.channelId ?? null,
    address,
    peerRule: options.peerRule,
    windowUnits: options.windowUnits,
    maxForfeitUnits: options.maxForfeitUnits,
    senderId: options.senderId,
    chain: options.chain,
  }, { ...deps, lane, codec });
  const finder = address === null || deps.manager === undefined ? null : new ChannelFinder({
    ...deps,
    manager: deps.manager,
    codec,
    name: options.name ?? url,
    address,
    channels,
  });
  if (channels.current === null && finder === null) {
    throw new RangeError("channelId may be null only where a channel manager finds it");
  }
  const receiver = options.receive !== undefined && deps.receiver !== undefined
    ? deps.receiver
    : await openReceiver(options, deps, lane);
  return { channels, finder, receiver };
}
