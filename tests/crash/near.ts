/** A connector without a relay, as one process: the buyer pays it, and it pays the hub, which it dials. */
import { startConnector } from "../../network/connector/connector.ts";
import { fixedChain } from "../../money/evm/fixed_chain.ts";
import { CHAIN_ID, channelsOf, keyOf, TOKEN, TOKEN_NETWORK, WINDOW } from "./plan.ts";
import { openParty } from "./process.ts";
import { serveConnector } from "./serve_connector.ts";

const party = await openParty();
const { place, secp, store, signer, timers, log } = party;
const channels = channelsOf(secp);
const hubAddress = secp.addressOf(keyOf("hub"));
const connector = await startConnector({
  ilpAddress: "test.near",
  listen: { hostname: "127.0.0.1", port: place.nearPort },
  chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
  peers: [
    {
      username: "buyer",
      token: "buyer token",
      channelId: channels.customer.channelId,
      peerAddress: secp.addressOf(keyOf("buyer")),
      windowUnits: WINDOW,
    },
    {
      username: "hub",
      token: "",
      channelId: channels.near.channelId,
      peerAddress: hubAddress,
      settlementAddress: hubAddress,
      windowUnits: WINDOW,
      dial: {
        url: `btp+ws://127.0.0.1:${place.connectorPort}`,
        wire: "interledger",
        auth: { username: "near", token: "near token" },
      },
    },
  ],
  routes: [{ prefix: "test", to: { peer: "hub" } }],
  minSettlementTimeoutS: 3_600,
  // As the hub's.
  writeOffMs: 1_000_000_000,
}, { store, signer, chain: fixedChain(Object.values(channels)), timers, log, terminals: {} });
await serveConnector(party, connector);
