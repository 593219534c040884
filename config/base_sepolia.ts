/**
 * The built-in profile of the public test network.
 *
 * @module
 */
import type { Profile } from "./profile.ts";

/**
 * The public test network. Its relay's terms and this home's channel are unknown until they were asked for.
 *
 * @see docs/networks.md#how-events-are-written
 */
export const BASE_SEPOLIA: Profile = {
  name: "base-sepolia",
  relayUrl: "wss://relay.crosstown.network",
  relay: null,
  write: "ilp",
  connectorBtp: "btp+wss://connector.crosstown.network:3000",
  connectorAuth: null,
  peer: null,
  wire: "crosstown",
  chain: {
    chainId: 84532,
    tokenNetworkAddress: "0x733b89888eb811174018ce49d0eac0fa52b47554",
    factsFile: null,
    tokenAddress: "0x39eaF99Cd4965A28DFe8B1455DD42aB49D0836B9",
    registryAddress: "0xCbf6f43A17034e733744cBCc130FfcCA3CF3252C",
    rpcUrls: ["https://sepolia.base.org", "https://base-sepolia-rpc.publicnode.com"],
    confirmations: 3,
    explorerUrl: "https://sepolia.basescan.org",
  },
  asset: { code: "M2M", scale: 6 },
  testnet: true,
  peerRule: "strict",
};
