/** A buyer's or provider's home in one thread: its connector session, its relay, its outbound pipeline. */
import { M2M } from "../../protocols/ilp/asset.ts";
import { startAuditWork } from "../../trail/audit/audit_work.ts";
import { fixedChain } from "../../money/evm/fixed_chain.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import { type ConnectorClient, connectorClient } from "../../peers/connector/connector_client.ts";
import { manyConnectors } from "../../peers/connector/many_connectors.ts";
import { CommitLane } from "../../money/claims/commit_lane.ts";
import type { QuoteAsker } from "../../market/quotes/quotes_service.ts";
import { SpendingGuard } from "../../money/payer/spending_limits.ts";
import { jobLogReader } from "../../market/logs/job_log_reader.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { openResult } from "../../market/open_result.ts";
import { type RelayReader, relayReader } from "../../market/relay_reader.ts";
import { createRelayService, type RelayService } from "../../peers/relay/open_relay_session.ts";
import { eventSigner } from "../../stages/event_signer.ts";
import { jobSource } from "../../stages/job_source.ts";
import { prepareSink } from "../../stages/prepare_sink.ts";
import { toonEncoder } from "../../stages/toon_encoder.ts";
import {
  CHAIN_ID,
  channelsOf,
  keyOf,
  PROVIDER_ADDRESS,
  RELAY_UNITS_PER_BYTE,
  STRANGERS_UNITS,
  TOKEN,
  TOKEN_NETWORK,
  WINDOW,
} from "./plan.ts";
import type { Party } from "./process.ts";
import { runStages } from "./run_stages.ts";

export interface Home {
  readonly connector: ConnectorClient;
  readonly relayUrl: string;
  readonly relay: RelayService;
  readonly reader: RelayReader;
  /** Resolves when nothing waits to be sent and no packet is open. */
  quiet(): Promise<boolean>;
  /** Lets the audit process all entries. Rejects if it cannot. */
  drain(): Promise<void>;
}

export async function openHome(
  party: Party,
  role: "buyer" | "provider",
  terminal: Terminal | null,
  quotes: QuoteAsker | null = null,
): Promise<Home> {
  const { place, folder, secp, store, signer, timers, clock, log } = party;
  const audit = place.audited
    ? startAuditWork(
      {
        folder,
        path: Deno.env.get("PATH") ?? "",
        names: { chain: "evm:dev:31337", connectorBtp: "btp", relayUrl: "ws", asset: M2M },
      },
      { store, signer },
      { clock, log },
    )
    : null;
  const channels = channelsOf(secp);
  const isCustomer = place.hops && role === "buyer";
  const lane = new CommitLane(store);
  const spending = new SpendingGuard({
    jobUnits: WINDOW,
    providerDayUnits: 10n ** 12n,
    strangersDayUnits: STRANGERS_UNITS,
  }, store);
  const peerAddressOf = (peer: "hub" | "near") => secp.addressOf(keyOf(peer));
  const clientOf = (peer: "hub" | "near") =>
    connectorClient({
      url: `btp+ws://127.0.0.1:${peer === "near" ? place.nearPort : place.connectorPort}`,
      auth: { username: role, token: `${role} token` },
      wire: "interledger",
      peerRule: "credit",
      channel: {
        channelId: channels[peer === "near" ? "customer" : role].channelId,
        peerAddress: peerAddressOf(peer),
      },
      chain: { chainId: CHAIN_ID, tokenNetworkAddress: TOKEN_NETWORK, tokenAddress: TOKEN },
      senderId: role,
      windowUnits: WINDOW,
      ...(terminal === null ? {} : {
        receive: { terminal, ilpAddress: PROVIDER_ADDRESS, minSettlementTimeoutS: 3_600 },
      }),
    }, {
      store,
      lane,
      signer,
      chain: fixedChain(Object.values(channels)),
      spending,
      timers,
      random: () => 0,
      log,
    });
  const main = isCustomer ? "near" : "hub";
  const peers = isCustomer && place.pair ? ["near", "hub"] as const : [main] as const;
  const clients = peers.map((peer) => ({
    name: peer,
    peerAddress: peerAddressOf(peer),
    reaches: [],
    peerRule: "credit" as const,
    client: clientOf(peer),
  }));
  const connector = clients.length === 1
    ? clients[0].client
    : manyConnectors(clients, { store, timers, log });
  const relayUrl = `ws://127.0.0.1:${place.relayPort}/`;
  const relay = createRelayService({
    signer,
    clock,
    random: () => 0,
    backoff: { firstMs: 50, maxMs: 400, factor: 2, jitter: 0 },
  });
  const reader: RelayReader = relayReader(relay.open({ url: relayUrl }), {
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)),
  });
  const jobLogs = jobLogReader({
    signer,
    verifier: await createVerifier(),
    clock,
    way: "packets",
    async send(destination, data, condition, signal) {
      const answer = await connector.sendFree({ destination, data, condition }, { signal });
      if (answer.state === "refused") return answer.data;
      throw new Error("no answer");
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  await runStages(party, {
    source: (context) => jobSource({ follow: true }, { store }, context),
    transforms: [
      (context) => eventSigner({}, { signer }, context),
      (context) =>
        toonEncoder(
          { rules: "4", priceUnitsPerByte: String(RELAY_UNITS_PER_BYTE) },
          {},
          context,
        ),
    ],
    sink: (context) =>
      prepareSink({ write: "ilp", wire: "interledger" }, {
        store,
        signer,
        connector,
        relayReader: reader,
        results: { open: openResult },
        jobLogs,
        quotes,
      }, context),
  });
  return {
    connector,
    relayUrl,
    relay,
    reader,
    async quiet() {
      for (const { client } of clients) {
        const { payer, receiver } = await client.status();
        const isQuiet = payer?.openPackets === 0 && payer.waiting === 0 &&
          receiver.every(({ heldPackets }) => heldPackets === 0);
        if (!isQuiet) return false;
      }
      return (await store.pendingOutbox(0, 1, 0)).length === 0;
    },
    async drain() {
      while (audit !== null) {
        const { entries, committed, logged, gitTrouble, logTrouble } = await audit.drain(30_000);
        if (gitTrouble === null && logTrouble === null && Math.min(committed, logged) >= entries) {
          return;
        }
      }
    },
  };
}
