/** A payer that colludes with a provider behind the hub, and avoids paying the hub where it can. */
import { createHash } from "node:crypto";
import { fixedChain } from "../../money/evm/fixed_chain.ts";
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
const connector = connectorClient({
  url: `btp+ws://127.0.0.1:${place.connectorPort}`,
  auth: { username: "buyer", token: "buyer token" },
  wire: "interledger",
  peerRule: "credit",
  channel: { channelId: channels.buyer.channelId, peerAddress: secp.addressOf(keyOf("hub")) },
  chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
  senderId: "buyer",
  windowUnits: WINDOW,
}, { store, signer, chain: fixedChain(Object.values(channels)), timers, random: () => 0, log });

/** A window of packets at once. */
async function pay(id: string): Promise<void> {
  const { packets } = COLLUSION;
  await Promise.all(Array.from({ length: packets }, async (_, at) => {
    const data = new TextEncoder().encode(`${id}.${at}`);
    await connector.pay({
      amount: WINDOW / BigInt(packets),
      obligation: `collusion:${id}.${at}`,
      destination: PROVIDER_ADDRESS,
      data,
      condition: new Uint8Array(createHash("sha256").update(fulfilmentOf(data)).digest()),
    });
  }));
}

await party.serve((asked) => {
  if (asked.do === "pay") return pay(asked.id_of_round);
  if (asked.do === "quiet") {
    return until(async () => {
      const { payer } = await connector.status();
      return payer?.openPackets === 0 && payer.waiting === 0;
    });
  }
  throw new TypeError(`a colluding buyer cannot ${asked.do}`);
});
