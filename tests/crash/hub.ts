/** The connector with its relay, as one process. */
import { startConnector } from "../../network/connector/connector.ts";
import { paidTerminal } from "../../network/relay/paid_terminal.ts";
import { startRelayServer } from "../../network/relay/relay_server.ts";
import { startBlobServer } from "../../blobs/server/blob_server.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { publicKeyOf } from "../../protocols/nostr/sign.ts";
import { fixedChain } from "../../money/evm/fixed_chain.ts";
import { createKeySigner } from "../../money/signer/key_signer.ts";
import {
  BLOB_UNITS_PER_MIB,
  CHAIN_ID,
  channelsOf,
  COLLUSION,
  keyOf,
  PROVIDER_ADDRESS,
  RELAY_ADDRESS,
  RELAY_UNITS_PER_BYTE,
  SILENT_ADDRESS,
  TOKEN,
  TOKEN_NETWORK,
  WINDOW,
} from "./plan.ts";
import { openParty } from "./process.ts";
import { serveConnector } from "./serve_connector.ts";
import { lateResult, silentTerminal } from "./silent.ts";

const party = await openParty();
const { place, folder, secp, store, signer, timers, clock, log } = party;
const channels = channelsOf(secp);
const relayKey = keyOf("relay");
const relay = await startRelayServer({
  hostname: "127.0.0.1",
  port: place.ownRelayPort,
  file: `${folder}/relay.db`,
  identity: {
    name: "relay",
    description: "",
    pubkey: publicKeyOf(relayKey),
    ilpAddress: RELAY_ADDRESS,
    priceUnitsPerByte: RELAY_UNITS_PER_BYTE,
    asset: { code: "M2M", scale: 6 },
    version: "0",
  },
  write: "ilp",
  clock,
});
const relaySigner = await createKeySigner({
  nostrKey: relayKey,
  paymentKey: relayKey,
  ceilings: { perPacketUnits: 1n, perChannelUnits: 1n, perHourUnits: 1n, perDayUnits: 1n },
  allow: [],
  snapshot: "first",
  clock,
});
const { verify } = await createVerifier();
const blobServer = await startBlobServer({
  port: place.blobPort,
  folder: `${folder}/blobs`,
  unitsPerMib: BLOB_UNITS_PER_MIB,
  verify: (events) => Promise.resolve(events.map((event) => verify(event))),
  clock,
  log,
});
const peer = (username: "buyer" | "provider" | "near") => ({
  username,
  token: `${username} token`,
  channelId: channels[username].channelId,
  peerAddress: secp.addressOf(keyOf(username)),
  windowUnits: WINDOW,
});
const connector = await startConnector({
  ilpAddress: "test.hub",
  listen: { hostname: "127.0.0.1", port: place.ownConnectorPort },
  chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
  peers: [peer("buyer"), peer("provider"), peer("near")],
  routes: [
    { prefix: RELAY_ADDRESS, to: { terminal: "relay" } },
    { prefix: SILENT_ADDRESS, to: { terminal: "silent" } },
    { prefix: PROVIDER_ADDRESS, to: { peer: "provider" } },
  ],
  minSettlementTimeoutS: 3_600,
  // The clock jumps over an outage in a moment, and nothing may be booked as lost for it.
  writeOffMs: place.colluding ? COLLUSION.writeOffMs : 1_000_000_000,
}, {
  store,
  signer,
  chain: fixedChain(Object.values(channels)),
  timers,
  log,
  terminals: {
    silent: await silentTerminal(clock),
    relay: paidTerminal({
      relay,
      signer: relaySigner,
      priceUnitsPerByte: RELAY_UNITS_PER_BYTE,
      blobs: { server: blobServer, unitsPerMib: BLOB_UNITS_PER_MIB },
    }),
  },
});
await serveConnector(party, connector, async (asked) => {
  if (asked.do !== "late") throw new TypeError(`the hub cannot ${asked.do}`);
  const { result } = await relay.write(lateResult(asked.eventId, clock()));
  if (result === "refused") throw new Error("the relay refused the late result");
});
