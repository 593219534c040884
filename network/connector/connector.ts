/**
 * The embedded connector: ILP over BTP on a loopback port. It checks claims, and routes packets by longest prefix to its peers and to local
 * terminals. It follows the rules of docs/money.md: Q1 to Q5 for peers that pay it, K and P1 to P4 for the next hop.
 *
 * Held: the sessions that {@link Sessions} allows, and the queues of each receiver account and payer.
 *
 * @module
 */
import { innerPackets, MAX_INNER_DATA_BYTES } from "../../protocols/ilp/inner_packets.ts";
import { recoverBalanceProof } from "../../protocols/evm/balance_proof.ts";
import { balanceProofOf } from "../../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { ChannelFactsCache } from "../../money/claims/channel_facts.ts";
import { claimSimulation } from "../../money/claims/claim_simulation.ts";
import type { HeldPackets } from "../../money/receiver/held_packets.ts";
import type { Timers } from "../../base/timers.ts";
import { ClaimSignatures } from "../../money/claims/claim_signatures.ts";
import { CommitLane } from "../../money/claims/commit_lane.ts";
import { guardedDelivery } from "../../money/receiver/packet_guard.ts";
import { Receiver } from "../../money/receiver/receiver.ts";
import type {
  ConnectorDeps,
  ConnectorOptions,
  ConnectorStatus,
  PeerOptions,
} from "./connector_options.ts";
import { checkFee, NO_FEE } from "../../protocols/ilp/fee.ts";
import { dialPeer } from "./dialed_peer.ts";
import { gate } from "./gate.ts";
import { Forwarder } from "./forwarder.ts";
import { openPeer, openPeers } from "./peers.ts";
import type { Peer } from "./peer.ts";
import { serveFrames } from "./serve_frames.ts";
import { Sessions } from "./sessions.ts";
import { Tally } from "./tally.ts";
import { RoutingTable } from "./routing_table.ts";
import { WriteOffWatch } from "./write_off_watch.ts";

const DRAIN_LOOK_MS = 20;
const DEFAULT_AUTH_MS = 5_000;

/** A running connector. */
export interface Connector {
  /** The port where it listens. */
  readonly port: number;
  /** `btp+ws://host:port`. */
  readonly url: string;
  /** Sessions, channels, accounts and routes now. */
  status(): ConnectorStatus;
  /** Adds a peer and a route to it. Throws if the name, the settlement address or the prefix is already in use. */
  addPeer(peer: PeerOptions, prefix: string): Promise<void>;
  /** Refuses new packets, waits at most `drainMs` for held packets, closes the sessions with 1001, and waits for pending writes. */
  close(): Promise<void>;
}

/**
 * Starts a connector with the state of its store. Held packets that were not forwarded yet are forwarded if they still have time. Otherwise
 * they are refused.
 *
 * @throws if the port is in use, the store cannot be read or two routes have the same prefix
 */
export async function startConnector(
  options: ConnectorOptions,
  deps: ConnectorDeps,
): Promise<Connector> {
  const secp = await loadSecp256k1();
  const { paymentAddress } = await deps.signer.identity();
  const routes = new RoutingTable(options.routes);
  const fee = options.fee ?? NO_FEE;
  checkFee(fee);
  const lane = new CommitLane(deps.store);
  let peers = new Map<string, Peer>();
  const forwarder: Forwarder = new Forwarder({
    routes,
    terminals: deps.terminals,
    fee,
    expiryMarginMs: options.expiryMarginMs ?? 1_000,
  }, { ...deps, peers: () => peers, held: () => receiver.held });
  const writeOffs = new WriteOffWatch(options.writeOffMs ?? 600_000, {
    ...deps,
    peers: () => peers,
    held: () => receiver.held,
  });
  const entrance = gate(forwarder, { peers: () => peers.values(), held: () => receiver.held });
  const receiver: Receiver = await Receiver.open({
    ilpAddress: options.ilpAddress,
    paymentAddress,
    ...(options.chain.tokenAddress === null ? {} : { tokenAddress: options.chain.tokenAddress }),
    minSettlementTimeoutS: options.minSettlementTimeoutS,
    minDepositUnits: options.minDepositUnits,
    maxDataBytes: options.maxDataBytes ?? MAX_INNER_DATA_BYTES,
    refusals: options.refusals ?? [1_000, 2],
  }, {
    ...deps,
    lane,
    codec: innerPackets,
    delivery: guardedDelivery(entrance, deps.manager, deps),
    recover: (claim) => {
      const { domain, proof } = balanceProofOf(claim);
      return recoverBalanceProof(secp, domain, proof, claim.signature);
    },
    signatures: new ClaimSignatures(
      secp,
      (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
    ),
    ...(deps.evm && { simulate: claimSimulation(deps.evm, paymentAddress) }),
  });
  const peerDeps = { ...deps, lane, codec: innerPackets, linked: receiver.held };
  peers = await openPeers(options, peerDeps);
  receiver.held.resume();
  await writeOffs.start();

  const sinceMs = deps.timers.now();
  const frames = { receiver, tally: new Tally(deps.timers), options };
  const dialed = [...peers.values()].flatMap((peer) =>
    peer.options.dial === undefined ? [] : dialPeer(peer, peer.options.dial, options, {
      ...deps,
      serve: serveFrames(peer.account, peer, frames),
    })
  );
  const sessions = new Sessions(options, {
    ...deps,
    peers,
    frames,
    secp,
    paymentAddress,
    facts: new ChannelFactsCache(deps.chain, deps.timers),
    authMs: options.authMs ?? DEFAULT_AUTH_MS,
  });
  await sessions.listen();
  const { port } = sessions;
  deps.log("info", "connector listens", { port, peers: peers.size });

  return {
    port,
    url: `btp+ws://${options.listen.hostname}:${port}`,
    status: () => ({
      ilpAddress: options.ilpAddress,
      port,
      sinceMs,
      draining: entrance.closed,
      sessions: [...sessions.status(), ...dialed.flatMap(({ session }) => session ?? [])],
      pendingConnections: sessions.pending,
      lines: dialed.map(({ line }) => line),
      payers: [...peers.values()].flatMap((peer) =>
        peer.status().map((payer) => ({ ...payer, username: peer.options.username }))
      ),
      nextHops: [...peers.values()].filter(({ isNextHop }) => isNextHop).map((peer) => ({
        peer: peer.options.username,
        ...peer.writeOffs.status(),
      })),
      // Accounts without credit and held packets are left out.
      accounts: receiver.status().filter(({ credited, heldPackets }) =>
        credited > 0n || heldPackets > 0
      ),
      routes: routes.list(),
      fee,
      outcomes: frames.tally.outcomes,
      packetsPerSecond: frames.tally.packetsPerSecond,
      writtenOffUnits: writeOffs.writtenOffUnits,
    }),
    async addPeer(peer, prefix) {
      const route = { prefix, to: { peer: peer.username } };
      if (routes.list().some((each) => each.prefix === prefix)) {
        throw new RangeError(`route ${prefix} is already in use`);
      }
      await openPeer(peers, peer, { ...options, routes: [...routes.list(), route] }, peerDeps);
      routes.add(route);
    },
    async close() {
      entrance.close();
      await drained(receiver.held, options.drainMs ?? 0, deps.timers);
      writeOffs.stop();
      for (const line of dialed) line.close();
      sessions.stop();
      for (const peer of peers.values()) await peer.close();
      await receiver.close();
      await sessions.close();
    },
  };
}

/** Waits until no packet is held, but at most `drainMs`. */
async function drained(held: HeldPackets, drainMs: number, timers: Timers): Promise<void> {
  const untilMs = timers.now() + drainMs;
  while (held.heldRows().length > 0 && timers.now() < untilMs) {
    await new Promise<void>((resolve) => timers.after(DRAIN_LOOK_MS, resolve));
  }
}
