/**
 * What a session with a connector is made of once the store was read: the channels that pay, whoever finds one, and the receiver.
 *
 * @module
 */
import type { CommitLane } from "../../money/claims/commit_lane.ts";
import type { PacketCodec } from "../../money/claims/packet_link.ts";
import { SpendingGuard } from "../../money/payer/spending_limits.ts";
import type { Receiver } from "../../money/receiver/receiver.ts";
import { ChannelFinder } from "./channel_finder.ts";
import {
  type ConnectorClientDeps,
  type ConnectorClientOptions,
  pinnedAddress,
} from "./client_options.ts";
import { openReceiver } from "./client_receiver.ts";
import { PaidChannels } from "./paid_channels.ts";

/** What a session needs from the store. */
export interface ClientParts {
  readonly channels: PaidChannels;
  /** Null where the channel is given. */
  readonly finder: ChannelFinder | null;
  /** Null where this side takes no packets. */
  readonly receiver: Receiver | null;
}

/**
 * Takes up what the store holds.
 *
 * @throws {RangeError} where no channel is given and nobody finds one
 */
export async function openParts(
  options: ConnectorClientOptions,
  deps: ConnectorClientDeps,
  lane: CommitLane,
  codec: PacketCodec,
): Promise<ClientParts> {
  const { channel, auth, url } = options;
  const address = channel === null ? null : pinnedAddress(channel.peerAddress);
  const spending = options.spending && new SpendingGuard(options.spending, deps.store);
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
  }, { ...deps, lane, codec, spending });
  const finder = address === null || deps.manager === undefined ? null : new ChannelFinder({
    ...deps,
    manager: deps.manager,
    name: url,
    address,
    channels,
    spending,
  });
  if (channels.current === null && finder === null) {
    throw new RangeError("channelId may be null only where a channel manager finds it");
  }
  return { channels, finder, receiver: await openReceiver(options, deps, lane) };
}
