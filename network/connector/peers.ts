/**
 * The connector's peers by name: who may sign in.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { ConnectorOptions, PeerOptions } from "./connector_options.ts";
import { Peer, type PeerDeps } from "./peer.ts";

/** All peers by name. */
export type Peers = ReadonlyMap<string, Peer>;

/** Takes up every peer's channels from the store. Two peers of one name, or of one settlement address, are refused. */
export async function openPeers(
  options: ConnectorOptions,
  deps: PeerDeps,
): Promise<Map<string, Peer>> {
  const peers = new Map<string, Peer>();
  for (const peer of options.peers) await openPeer(peers, peer, options, deps);
  return peers;
}

/** Adds one peer; of a name or a settlement address that stands already it is refused. */
export async function openPeer(
  peers: Map<string, Peer>,
  peer: PeerOptions,
  options: ConnectorOptions,
  deps: PeerDeps,
): Promise<Peer> {
  const address = peer.settlementAddress?.toLowerCase();
  const refuseTwice = () => {
    if (peers.has(peer.username)) throw new RangeError(`peer ${peer.username} stands twice`);
    const others = [...peers.values()].map(({ options }) => options.settlementAddress);
    if (address !== undefined && others.some((other) => other?.toLowerCase() === address)) {
      throw new RangeError(`settlement address ${address} stands twice`);
    }
  };
  refuseTwice();
  const opened = await Peer.open(peer, options, deps);
  // Another may have come while its channels were read.
  refuseTwice();
  peers.set(peer.username, opened);
  return opened;
}

/** Whether the secret is this peer's; takes the same time whatever is wrong. */
export function secretMatches(peer: Peer | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const right = timingSafeEqual(digest(peer?.options.token ?? ""), digest(token));
  return peer !== undefined && peer.options.dial === undefined && right;
}
