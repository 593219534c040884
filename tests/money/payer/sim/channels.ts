/** The two channels of the simulation: who pays whom, and what their signers sign. */
import { asAddress } from "../../../../protocols/evm/address.ts";
import { encodeClaim } from "../../../../protocols/evm/claim.ts";
import { asChannelId } from "../../../../protocols/evm/channel_id.ts";
import type { Chain, ChannelFacts } from "../../../../money/evm/chain.ts";
import type { ClaimSource } from "../../../../money/payer/claim_source.ts";
import type { Mutant } from "./broken_rules.ts";
import type { Disk } from "./disk.ts";
import type { Life } from "./lives.ts";
import { simClaims } from "./signer.ts";
import type { VirtualTime } from "./virtual_time.ts";

const CHAIN_ID = 31337;
const NETWORK = asAddress(`0x${"c1".repeat(20)}`);
export const ADDRESS = {
  payer: asAddress(`0x${"11".repeat(20)}`),
  hub: asAddress(`0x${"22".repeat(20)}`),
  terminal: asAddress(`0x${"33".repeat(20)}`),
};
export const CHANNEL_A = asChannelId(`0x${"aa".repeat(32)}`);
export const CHANNEL_B = asChannelId(`0x${"bb".repeat(32)}`);
const facts = (channelId: string, a: string, b: string): ChannelFacts => ({
  channelId,
  chainId: CHAIN_ID,
  tokenNetworkAddress: NETWORK,
  participants: [a, b].map((address) => ({
    address,
    depositUnits: 1_000_000n,
    claimedUnits: 0n,
    claimedNonce: 0,
  })) as unknown as ChannelFacts["participants"],
  state: "open",
  settlementTimeoutS: 86_400,
});
const CHANNELS = [
  facts(CHANNEL_A, ADDRESS.payer, ADDRESS.hub),
  facts(CHANNEL_B, ADDRESS.hub, ADDRESS.terminal),
];

/** The chain as a receiver sees it, with the claims that it has paid. */
export function chainOf(disk: Disk): Chain {
  return {
    channel(channelId) {
      const known = CHANNELS.find((each) => each.channelId === channelId);
      const claim = disk.redeemed.get(channelId);
      if (known === undefined || claim === undefined) return Promise.resolve(known ?? null);
      const claimed = { claimedUnits: claim.transferredAmount, claimedNonce: claim.nonce };
      const [payer, receiver] = known.participants;
      return Promise.resolve({ ...known, participants: [{ ...payer, ...claimed }, receiver] });
    },
  };
}

export function claimsOf(
  channelId: typeof CHANNEL_A,
  signer: ReturnType<typeof asAddress>,
  life: Life,
  time: VirtualTime,
  mutant: Mutant,
  crash: () => void,
): ClaimSource {
  const claims = simClaims(
    channelId,
    `signer:${signer}`,
    life,
    time,
    ({ nonce, cumulative }) =>
      encodeClaim({
        messageId: `m-${nonce}`,
        timestamp: new Date(time.nowMs).toISOString(),
        senderId: "payer",
        channelId,
        nonce,
        transferredAmount: cumulative,
        signature: `0x${"01".repeat(64)}1b`,
        signerAddress: signer,
        chainId: CHAIN_ID,
        tokenNetworkAddress: NETWORK,
      }),
    crash,
  );
  return mutant === "signer_not_asked"
    ? { ...claims, lastClaim: () => Promise.resolve(null) }
    : claims;
}
