/**
 * The embedded connector: ILP over BTP on a loopback port, claims checked, packets routed by longest prefix between its peers and
 * to local terminals, under the rules of docs/money.md (Q1 to Q5 towards who pays, K and P1 to P4 towards the next hop).
 *
 * Held: sessions as {@link Sessions} bounds them, and what each receiver account and payer holds.
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
  /** Where it listens. */
  readonly port: number;
  /** `btp+ws://host:port`. */
  readonly url: string;
  /** Sessions, channels, accounts and routes as they are now. */
  status(): ConnectorStatus;
  /** Lets one more peer sign in, and routes a prefix to it. Refuses a name, an address or a prefix that stands already. */
  addPeer(peer: PeerOptions, prefix: string): Promise<void>;
  /** Takes nothing new, waits for what is held as long as told, ends the sessions (1001) and waits for what is being written. */
  close(): Promise<void>;
}

/**
 * Starts a connector on what its store has: held packets without a next hop go on if in time, else they are refused.
 *
 * @throws when the port is taken, the store cannot be read or the routes contradict each other
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
      // Accounts with nothing to show are left out.
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
        throw new RangeError(`route ${prefix} stands twice`);
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

/** Waits until nothing is held, or for so long. */
async function drained(held: HeldPackets, drainMs: number, timers: Timers): Promise<void> {
  const untilMs = timers.now() + drainMs;
  while (held.heldRows().length > 0 && timers.now() < untilMs) {
    await new Promise<void>((resolve) => timers.after(DRAIN_LOOK_MS, resolve));
  }
}
