/**
 * The connector's peers by name: who may sign in.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { ConnectorOptions } from "./connector_options.ts";
import { Peer, type PeerDeps } from "./peer.ts";

/** All peers by name. */
export type Peers = ReadonlyMap<string, Peer>;

/** Takes up every peer's channels from the store. Two peers of one name, or of one settlement address, are refused. */
export async function openPeers(options: ConnectorOptions, deps: PeerDeps): Promise<Peers> {
  const peers = new Map<string, Peer>();
  const addresses = new Set<string>();
  for (const peer of options.peers) {
    const address = peer.settlementAddress?.toLowerCase();
    if (peers.has(peer.username)) throw new RangeError(`peer ${peer.username} stands twice`);
    if (address !== undefined && addresses.has(address)) {
      throw new RangeError(`settlement address ${address} stands twice`);
    }
    if (address !== undefined) addresses.add(address);
    peers.set(peer.username, await Peer.open(peer, options, deps));
  }
  return peers;
}

/** Whether the secret is this peer's; takes the same time whatever is wrong. */
export function secretMatches(peer: Peer | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const right = timingSafeEqual(digest(peer?.options.token ?? ""), digest(token));
  return peer !== undefined && peer.options.dial === undefined && right;
}
