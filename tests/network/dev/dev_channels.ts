/** Channels of an embedded network as figures, for tests that run without a chain. */
import { DEV_TOKEN_NETWORK } from "../../../network/chain/dev_contracts.ts";
import { DEV_CHAIN_ID, type DevIdentities } from "../../../network/dev/constitution.ts";
import type { ChannelFacts } from "../../../money/evm/chain.ts";
import { channelIdOf } from "../../../protocols/evm/channel_id.ts";

/** What each side of a channel has deposited: 50 M2M. */
export const DEV_DEPOSIT_UNITS = 50_000_000n;

const SETTLEMENT_TIMEOUT_S = 86_400;

/** The two channels: buyer and connector, provider and connector. */
export interface DevChannels {
  readonly buyer: ChannelFacts;
  readonly provider: ChannelFacts;
}

/** Channels between the connector and its two neighbours. */
export function devChannels(identities: DevIdentities): DevChannels {
  const between = (address: string, counter: number): ChannelFacts => {
    const other = identities.connector.paymentAddress;
    const [low, high] = [address, other].sort();
    return {
      channelId: channelIdOf(low, high, counter),
      chainId: DEV_CHAIN_ID,
      tokenNetworkAddress: DEV_TOKEN_NETWORK,
      state: "open",
      settlementTimeoutS: SETTLEMENT_TIMEOUT_S,
      participants: [participant(low), participant(high)],
    };
  };
  return {
    buyer: between(identities.buyer.paymentAddress, 0),
    provider: between(identities.provider.paymentAddress, 1),
  };
}

function participant(address: string): ChannelFacts["participants"][number] {
  return { address, depositUnits: DEV_DEPOSIT_UNITS, claimedUnits: 0n, claimedNonce: 0 };
}
