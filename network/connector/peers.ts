/**
 * The connector's peers: who may sign in, which of their sessions may receive packets, and the payer toward each.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { interledgerWire } from "../../protocols/btp/wire.ts";
import { channelClaims, noClaims } from "../../services/channel/claim_source.ts";
import type { CommitLane } from "../../services/channel/commit_lane.ts";
import type { PacketLink } from "../../services/channel/packet_link.ts";
import { Payer } from "../../services/channel/payer.ts";
import type { Linked } from "../../services/channel/payer_options.ts";
import {
  type PayingAccount,
  type ReceiverStatus,
} from "../../services/channel/receiver_options.ts";
import type { BtpSession } from "../../services/connector/btp_session.ts";
import { sessionLink } from "../../services/connector/session_link.ts";
import type { ConnectorDeps, ConnectorOptions, PeerOptions } from "./connector_options.ts";

/** One peer at work. */
export class Peer {
  /** The proven session, which packets go to. */
  #receiving: { readonly session: BtpSession; readonly link: PacketLink } | null = null;

  /** See {@link openPeers}. */
  constructor(readonly options: PeerOptions, readonly payer: Payer) {}

  /** The session that packets go to, or null. */
  get receiving(): BtpSession | null {
    return this.#receiving?.session ?? null;
  }

  /** Whose money this peer's sessions bring. */
  get account(): PayingAccount {
    const { channelId, username, trustUnits } = this.options;
    return channelId === null
      ? { kind: "trust", name: username, units: trustUnits ?? 0n }
      : { kind: "channel", channelId };
  }

  /** Lets a session receive packets, unless another one does: a second session does not displace a proven one. */
  receive(session: BtpSession): boolean {
    if (this.#receiving !== null) return false;
    const link = sessionLink(session);
    this.#receiving = { session, link };
    void this.payer.attach(link);
    return true;
  }

  /** The session ended. */
  leave(session: BtpSession): void {
    if (this.#receiving?.session !== session) return;
    this.payer.detach(this.#receiving.link);
    this.#receiving = null;
  }
}

/** All peers by name. */
export type Peers = ReadonlyMap<string, Peer>;

/** Takes up every peer's channel from the store. */
export async function openPeers(
  options: ConnectorOptions,
  deps: ConnectorDeps,
  linked: Linked,
  lane: CommitLane,
): Promise<Peers> {
  const peers = new Map<string, Peer>();
  for (const peer of options.peers) {
    const claims = peer.channelId === null ? noClaims() : channelClaims({
      chainId: options.chain.chainId,
      tokenNetworkAddress: options.chain.tokenNetworkAddress,
      channelId: peer.channelId,
      senderId: options.ilpAddress,
    }, deps);
    const payer = await Payer.open({
      channelId: peer.channelId ?? `session:${peer.username}`,
      peer: peer.peerAddress,
      peerRule: peer.peerRule ?? "credit",
      windowUnits: options.windowUnits,
    }, {
      store: deps.store,
      lane,
      claims,
      codec: interledgerWire,
      timers: deps.timers,
      log: deps.log,
      linked,
    });
    peers.set(peer.username, new Peer(peer, payer));
  }
  return peers;
}

/** Whether the secret is this peer's; takes the same time whatever is wrong. */
export function secretMatches(peer: Peer | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const right = timingSafeEqual(digest(peer?.options.token ?? ""), digest(token));
  return peer !== undefined && right;
}

/** Accounts of peers with nothing to show are left out. */
export function shownAccounts(accounts: readonly ReceiverStatus[]): readonly ReceiverStatus[] {
  return accounts.filter((account) => account.credited > 0n || account.heldPackets > 0);
}
