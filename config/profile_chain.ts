/**
 * Reads the `[chain]` table of a profile, and checks it against the rest of the profile.
 *
 * @module
 */
import { ConfigError } from "../base/config_error.ts";
import { chainFacts } from "./chains.ts";
import type { Profile } from "./profile.ts";
import { TableReader } from "./table.ts";
import { checkHttpUrl } from "../base/urls.ts";

/** An EVM address in hex, upper or lower case. */
export const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const HASH_WORDS = "0x and 64 small hex digits";
const ZERO_ADDRESS = `0x${"0".repeat(40)}`;

/** For profiles without payments. */
const NO_CHAIN: Profile["chain"] = {
  chainId: 0,
  tokenNetworkAddress: ZERO_ADDRESS,
  factsFile: null,
  rpcUrls: [],
  confirmations: 1,
};

/** Refuses a chain with both RPC addresses and a facts file, because it would be unclear which of them is right. */
export function checkFacts(table: TableReader, { peer, chain }: Profile): void {
  const { chainId, rpcUrls, factsFile, registryAddress, tokenAddress, tokenNetworkAddress } = chain;
  const refuse = (key: string, why: string, suggestion: string) => {
    throw new ConfigError("config_invalid", `${table.name(key)} ${why}`, suggestion, {
      key: table.name(key),
    });
  };
  if (peer !== null && chainId !== 0 && tokenAddress === undefined) {
    refuse(
      "chain.token_address",
      "is missing beside peer: each claim names the token, and some connectors redeem none without it",
      "add the address of the channel's token",
    );
  }
  if (rpcUrls.length > 0) {
    if (factsFile !== null) {
      refuse("chain.facts_file", "stands beside chain.rpc_urls", "keep one of them");
    }
    if (peer !== null && peer.channelId !== null) {
      refuse(
        "peer.channel_id",
        "stands beside chain.rpc_urls: the channel is found on the chain",
        "remove it, or 'crosstown channel list' shows what was found",
      );
    }
    for (const [key, address] of Object.entries({ registryAddress, tokenAddress })) {
      if (address === undefined) {
        refuse(
          `chain.${key === "tokenAddress" ? "token_address" : "registry_address"}`,
          "is missing beside chain.rpc_urls",
          "only the profile names contracts: add the address that you trust",
        );
      }
    }
    if (tokenNetworkAddress === ZERO_ADDRESS) {
      refuse(
        "chain.token_network_address",
        "is missing beside chain.rpc_urls",
        "add the address that the registry names for the token",
      );
    }
  }
}

/** Reads `[chain]`. Without the table, nothing is paid. */
export function readChain(table: TableReader | null): Profile["chain"] {
  if (table === null) return NO_CHAIN;
  const address = (key: string) =>
    table.take(key) === undefined
      ? undefined
      : table.matching(key, ADDRESS, "0x and 40 hex digits");
  const url = (key: string) => {
    const text = table.text(key);
    return text === undefined ? undefined : checkHttpUrl(text, table.name(key));
  };
  const unitsPerBase = table.take("units_per_base") === undefined
    ? undefined
    : table.units("units_per_base", 1n);
  if (unitsPerBase !== undefined && unitsPerBase !== 1n) {
    throw table.bad("units_per_base", "1: other units are not converted yet");
  }
  const chain = {
    chainId: table.whole("chain_id", { min: 0, max: Number.MAX_SAFE_INTEGER }, 0),
    tokenNetworkAddress: address("token_network_address") ?? ZERO_ADDRESS,
    factsFile: table.text("facts_file") ?? null,
    rpcUrls: table.texts("rpc_urls", 8).map((url) => checkHttpUrl(url, table.name("rpc_urls"))),
    confirmations: table.whole("confirmations", { min: 1, max: 1_000 }, 1),
    ...present({
      tokenAddress: address("token_address"),
      registryAddress: address("registry_address"),
      tokenNetworkCodeHash: table.take("token_network_code_hash") === undefined
        ? undefined
        : table.matching("token_network_code_hash", /^0x[0-9a-f]{64}$/, HASH_WORDS),
      deployBlock: table.take("deploy_block") === undefined
        ? undefined
        : table.whole("deploy_block", { min: 0, max: Number.MAX_SAFE_INTEGER }, 0),
      unitsPerBase,
      unitsPerNative: table.take("units_per_native") === undefined
        ? undefined
        : table.units("units_per_native", 0n),
      explorerUrl: url("explorer_url"),
      faucetUrl: url("faucet_url"),
    }),
  };
  table.end();
  return chain;
}

/** Only the fields with a value, so that a profile that is read again equals the one that was written. */
function present<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}

/** What the profile says of its chain, otherwise what is known of the chain. A main network can never be a test network. */
export function readTestnet(table: TableReader, chainId: number): boolean {
  const said = table.flag("testnet");
  if (said === true && chainFacts(chainId).money === "main") {
    throw table.bad("testnet", `false: chain ${chainId} is a main network`);
  }
  return said ?? chainFacts(chainId).money === "test";
}
