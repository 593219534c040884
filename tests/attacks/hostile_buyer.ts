/** A buyer that signs anything: it uses the keys of a `dev` network's own user directly, without the program. */
import { getConversationKey } from "nostr-tools/nip44";
import { parse } from "smol-toml";
import WebSocket from "ws";
import {
  CLAIM_PROTOCOL,
  CONTENT_TYPE,
  type Frame,
  protocolDataOf,
} from "../../protocols/btp/frame.ts";
import { interledgerWire as wire } from "../../protocols/wires/interledger/wire.ts";
import { asAddress } from "../../protocols/evm/address.ts";
import { signBalanceProof } from "../../protocols/evm/balance_proof.ts";
import { asChannelId, type ChannelId } from "../../protocols/evm/channel_id.ts";
import { encodeClaim } from "../../protocols/evm/claim.ts";
import { loadSecp256k1, type Secp256k1 } from "../../protocols/evm/secp256k1.ts";
import { conditionOf, dataSha256, sharedFulfilment } from "../../protocols/ilp/condition.ts";
import type { Packet, Prepare } from "../../protocols/ilp/packet.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { openWallet, type WalletKeys } from "../../money/wallet/wallet_keys.ts";
import { by, nowS } from "./hostile_events.ts";

/** The part of a profile that an attacker reads. */
interface Profile {
  readonly connector_btp: string;
  readonly connector_auth: { readonly username: string; readonly token: string };
  readonly chain: { readonly chain_id: number; readonly token_network_address: string };
}

/** Signed in at the connector of a `dev` network. `using` leaves. */
export class HostileBuyer implements Disposable {
  /** Raised with each claim; a test may set it. */
  nonce = 0;
  cumulative = 0n;
  readonly #waiting = new Map<number, (frame: Frame) => void>();
  #requestId = 1;

  private constructor(
    readonly keys: WalletKeys,
    readonly profile: Profile,
    readonly provider: string,
    readonly channelId: ChannelId,
    readonly socket: WebSocket,
    readonly secp: Secp256k1,
  ) {
    socket.on("message", (data) => {
      const frame = wire.decodeFrame(new Uint8Array(data as ArrayBuffer));
      this.#waiting.get(frame.requestId)?.(frame);
      this.#waiting.delete(frame.requestId);
    });
  }

  /** `dev` is the network's folder, `onchainId` the channel that its user opened. */
  static async signIn(dev: string, onchainId: string): Promise<HostileBuyer> {
    const text = (name: string) => Deno.readTextFile(`${dev}/${name}`);
    const profile = parse(await text("profile.toml")) as unknown as Profile;
    const keys = await openWallet(
      (await text("wallet.enc")).trim(),
      (await text("wallet.pass")).trim(),
    );
    const { provider } = JSON.parse(await text("state.json"));
    const socket = new WebSocket(profile.connector_btp.replace("btp+", ""));
    await new Promise<void>((resolve) => socket.once("open", () => resolve()));
    socket.on("error", () => {});
    const secp = await loadSecp256k1();
    const channelId = asChannelId(onchainId);
    const buyer = new HostileBuyer(keys, profile, provider, channelId, socket, secp);
    await buyer.send((id) => wire.authFrame(id, profile.connector_auth));
    const state = await buyer.send((requestId) => ({
      type: "message",
      requestId,
      protocolData: [{
        name: "claim-state",
        contentType: CONTENT_TYPE.json,
        data: new TextEncoder().encode(JSON.stringify({ channelId })),
      }],
    }));
    const { nonce, credited } = JSON.parse(
      new TextDecoder().decode(protocolDataOf(state, "claim-state")!.data),
    );
    buyer.nonce = nonce;
    buyer.cumulative = BigInt(credited);
    return buyer;
  }

  /** Sends a frame and waits for its answer. */
  send(make: (id: number) => Frame): Promise<Frame> {
    const id = this.#requestId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.socket.send(wire.encodeFrame(make(id)));
    });
  }

  /** An echo request, or another, by the user. */
  request(fields: Partial<NostrEvent> & { readonly tags?: string[][] } = {}): NostrEvent {
    const tags = [["i", crypto.randomUUID(), "text"], ["p", this.provider]];
    return by(this.keys.nostrKey, { kind: 5600, created_at: nowS(), tags, ...fields });
  }

  /** The PREPARE that pays for some data, by default as the program would make it. */
  prepare(data: Uint8Array, amount: bigint, change: Partial<Prepare> = {}): Prepare {
    const conversation = getConversationKey(this.keys.nostrKey, this.provider);
    return {
      amount,
      expiresAtMs: Date.now() + 30_000,
      condition: conditionOf(sharedFulfilment(conversation, dataSha256(data))),
      destination: "test.dev.provider",
      data,
      ...change,
    };
  }

  /** The bytes of a claim over the figures as they are. */
  claim(): Uint8Array {
    const { profile: { chain }, channelId, nonce, cumulative: transferredAmount } = this;
    const tokenNetworkAddress = asAddress(chain.token_network_address);
    const { paymentKey } = this.keys;
    return encodeClaim({
      messageId: `m${nonce}`,
      timestamp: new Date(0).toISOString(),
      senderId: "buyer",
      channelId,
      nonce,
      transferredAmount,
      signature: signBalanceProof(
        this.secp,
        { chainId: chain.chain_id, verifyingContract: tokenNetworkAddress },
        { channelId, nonce, transferredAmount },
        paymentKey,
      ),
      signerAddress: this.secp.addressOf(paymentKey),
      chainId: chain.chain_id,
      tokenNetworkAddress,
    });
  }

  /** Pays with a new claim. Returns the answer's packet, or null if there was none. */
  async pay(prepare: Prepare, claimed = prepare.amount): Promise<Packet | null> {
    this.nonce++;
    this.cumulative += claimed;
    return await this.deliver(wire.encodePrepare(prepare), this.claim());
  }

  /** Sends these bytes. */
  async deliver(packet: Uint8Array, claim: Uint8Array | null): Promise<Packet | null> {
    const protocolData = claim === null
      ? []
      : [{ name: CLAIM_PROTOCOL, contentType: CONTENT_TYPE.json, data: claim }];
    const frame = await this.send((requestId) => ({
      type: "message",
      requestId,
      protocolData,
      packet,
    }));
    return frame.packet === undefined ? null : wire.decodePacket(frame.packet);
  }

  /** Pays for a request. */
  job(event: NostrEvent, amount = 60_000n, change: Partial<Prepare> = {}): Promise<Packet | null> {
    return this.pay(this.prepare(encodeToon(event, "4"), amount, change));
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

/** How an answer reads: `fulfill`, or the code of the refusal and the terminal's own reason. */
export function outcomeOf(packet: Packet | null): string {
  if (packet === null) return "no packet";
  if (packet.type !== "reject") return packet.type;
  try {
    return `${packet.code} ${JSON.parse(new TextDecoder().decode(packet.data)).code}`;
  } catch {
    return `${packet.code} ${packet.message}`;
  }
}
