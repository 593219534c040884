/** Writes the file that `fixedChain()` reads. */
import type { ChannelFacts } from "../../../money/evm/chain.ts";

/** The text of a facts file, as JSON that `parseChainFacts` reads. */
export function formatChainFacts(channels: readonly ChannelFacts[]): string {
  return `${
    JSON.stringify(
      {
        channels: channels.map((channel) => ({
          channel_id: channel.channelId,
          chain_id: channel.chainId,
          token_network_address: channel.tokenNetworkAddress,
          state: channel.state,
          settlement_timeout_s: channel.settlementTimeoutS,
          participants: channel.participants.map((participant) => ({
            address: participant.address,
            deposit_units: String(participant.depositUnits),
            claimed_units: String(participant.claimedUnits),
            claimed_nonce: participant.claimedNonce,
          })),
        })),
      },
      null,
      2,
    )
  }\n`;
}
