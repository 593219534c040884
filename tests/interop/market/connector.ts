/** An embedded connector with a channel to a buyer and one to a provider: where jobs are paid while events go to a foreign relay. */
import { startConnector } from "../../../network/connector/connector.ts";
import type { ConnectorStatus } from "../../../network/connector/connector_options.ts";
import { channelIdOf } from "../../../protocols/evm/channel_id.ts";
import type { ChannelFacts } from "../../../money/evm/chain.ts";
import { fixedChain } from "../../../money/evm/fixed_chain.ts";
import { formatChainFacts } from "../../money/evm/chain_facts.ts";
import { systemTimers } from "../../../base/timers.ts";
import { CHAIN_ID, party, TOKEN, TOKEN_NETWORK } from "../../network/connector/rig.ts";
import { Home } from "./market.ts";

/** Where the provider is paid. */
export const PROVIDER_ADDRESS = "test.hub.provider";
const DEPOSIT = 1_000_000n;

/** A connector at work. `await using` stops it. */
export interface Hub extends AsyncDisposable {
  status(): ConnectorStatus;
  /** The lines of `[networks.plain]` by which a home pays here, or is paid. */
  profileOf(home: "buyer" | "provider"): string;
}

/** Starts it for two homes; their channels are figures in a file, as on `dev`. */
export async function startHub(root: string, buyer: Home, provider: Home): Promise<Hub> {
  const hub = await party("hub", root);
  const channels = {
    buyer: channelOf(buyer.address, hub.address, 1),
    provider: channelOf(provider.address, hub.address, 2),
  };
  const factsFile = `${root}/channels.json`;
  const facts = [channels.buyer, channels.provider];
  await Deno.writeTextFile(factsFile, formatChainFacts(facts), { mode: 0o600 });
  const peer = (username: "buyer" | "provider", { address }: Home) => ({
    username,
    token: `${username} token`,
    channelId: channels[username].channelId,
    peerAddress: address,
  });
  const connector = await startConnector({
    ilpAddress: "test.hub",
    listen: { hostname: "127.0.0.1", port: 0 },
    chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
    peers: [peer("buyer", buyer), peer("provider", provider)],
    routes: [{ prefix: PROVIDER_ADDRESS, to: { peer: "provider" } }],
  }, {
    store: hub.store,
    signer: hub.signer,
    chain: fixedChain(facts),
    timers: systemTimers,
    log: () => {},
    terminals: {},
  });
  return {
    status: () => connector.status(),
    profileOf: (username) =>
      [
        `connector_btp = "${connector.url}"`,
        ...(username === "provider" ? [`ilp_address = "${PROVIDER_ADDRESS}"`] : []),
        'peer_rule = "credit"',
        `connector_auth = { username = "${username}", token = "${username} token" }`,
        "[networks.plain.peer]",
        `address = "${hub.address}"`,
        `channel_id = "${channels[username].channelId}"`,
        "[networks.plain.chain]",
        `chain_id = ${CHAIN_ID}`,
        `token_network_address = "${TOKEN_NETWORK}"`,
        `token_address = "${TOKEN}"`,
        `facts_file = "${factsFile}"`,
      ].join("\n"),
    async [Symbol.asyncDispose]() {
      await connector.close();
      await hub.store.close();
    },
  };
}

function channelOf(a: string, b: string, counter: number): ChannelFacts {
  const side = (address: string) => ({
    address,
    depositUnits: DEPOSIT,
    claimedUnits: 0n,
    claimedNonce: 0,
  });
  const [low, high] = [a, b].sort();
  return {
    channelId: channelIdOf(low!, high!, counter),
    chainId: CHAIN_ID,
    tokenNetworkAddress: TOKEN_NETWORK,
    participants: [side(low!), side(high!)],
    state: "open",
    settlementTimeoutS: 86_400,
  };
}

/** A buyer and a provider of echo at this relay, and the connector between them. The provider is not started. */
export async function paidMarket(root: string, relayUrl: string) {
  const [buyer, provider] = await Promise.all([
    Home.make(root, "buyer"),
    Home.make(root, "provider"),
  ]);
  const hub = await startHub(root, buyer, provider);
  await buyer.configure(`relay_url = "${relayUrl}"\n${hub.profileOf("buyer")}`);
  await provider.configure(
    `relay_url = "${relayUrl}"\n${hub.profileOf("provider")}`,
    "[node]\nprice_units = 50000",
  );
  return { buyer, provider, hub };
}
