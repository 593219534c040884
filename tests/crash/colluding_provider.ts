/** A provider that fulfils its buyer's packets when the hub has written them off. */
import { fixedChain } from "../../money/evm/fixed_chain.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import { connectorClient } from "../../peers/connector/connector_client.ts";
import {
  CHAIN_ID,
  channelsOf,
  COLLUSION,
  fulfilmentOf,
  keyOf,
  PROVIDER_ADDRESS,
  TOKEN,
  TOKEN_NETWORK,
  WINDOW,
} from "./plan.ts";
import { openParty, until } from "./process.ts";

const party = await openParty();
const { place, secp, store, signer, timers, log } = party;
const channels = channelsOf(secp);
const terminal: Terminal = {
  // Each packet is worth its money, also the second one for the same thing.
  inspect: () => Promise.resolve({ obligation: `packet:${crypto.randomUUID()}` }),
  async effect({ data }) {
    await new Promise((resolve) => setTimeout(resolve, COLLUSION.answerAfterMs));
    return { fulfilment: fulfilmentOf(data), data: new Uint8Array(0) };
  },
};
const connector = connectorClient({
  url: `btp+ws://127.0.0.1:${place.connectorPort}`,
  auth: { username: "provider", token: "provider token" },
  wire: "interledger",
  peerRule: "credit",
  channel: { channelId: channels.provider.channelId, peerAddress: secp.addressOf(keyOf("hub")) },
  chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
  senderId: "provider",
  windowUnits: WINDOW,
  receive: { terminal, ilpAddress: PROVIDER_ADDRESS, minSettlementTimeoutS: 3_600 },
}, { store, signer, chain: fixedChain(Object.values(channels)), timers, random: () => 0, log });

await party.serve((asked) => {
  if (asked.do === "quiet") {
    return until(async () => {
      const { receiver } = await connector.status();
      return receiver.every(({ heldPackets }) => heldPackets === 0);
    });
  }
  throw new TypeError(`a colluding provider cannot ${asked.do}`);
});
