/**
 * The connector's peers by name. These peers may sign in.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { ConnectorOptions, PeerOptions } from "./connector_options.ts";
import { Peer, type PeerDeps } from "./peer.ts";

/** All peers by name. */
export type Peers = ReadonlyMap<string, Peer>;

/** Opens every peer and its channels from the store. Throws if two peers have the same name or settlement address. */
export async function openPeers(
  options: ConnectorOptions,
  deps: PeerDeps,
): Promise<Map<string, Peer>> {
  const peers = new Map<string, Peer>();
  for (const peer of options.peers) await openPeer(peers, peer, options, deps);
  return peers;
}

/** Opens one peer and adds it. Throws if its name or settlement address is already in use. */
export async function openPeer(
  peers: Map<string, Peer>,
  peer: PeerOptions,
  options: ConnectorOptions,
  deps: PeerDeps,
): Promise<Peer> {
  const address = peer.settlementAddress?.toLowerCase();
  const refuseTwice = () => {
    if (peers.has(peer.username)) throw new RangeError(`peer ${peer.username} is already in use`);
    const others = [...peers.values()].map(({ options }) => options.settlementAddress);
    if (address !== undefined && others.some((other) => other?.toLowerCase() === address)) {
      throw new RangeError(`settlement address ${address} is already in use`);
    }
  };
  refuseTwice();
  const opened = await Peer.open(peer, options, deps);
  // Another call may have added the same peer while the channels were read.
  refuseTwice();
  peers.set(peer.username, opened);
  return opened;
}

/** Whether this is the peer's secret. The comparison takes the same time in every case. */
export function secretMatches(peer: Peer | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const right = timingSafeEqual(digest(peer?.options.token ?? ""), digest(token));
  return peer !== undefined && peer.options.dial === undefined && right;
}
