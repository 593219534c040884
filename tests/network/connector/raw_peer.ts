/**
 * A peer that speaks BTP frame by frame, so that tests can send what a client never would.
 */
import WebSocket from "ws";
import {
  CLAIM_PROTOCOL,
  CONTENT_TYPE,
  type Frame,
  type ProtocolData,
  protocolDataOf,
} from "../../../protocols/btp/frame.ts";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";
import { type Wire } from "../../../protocols/btp/wire.ts";
import type { Packet, Prepare } from "../../../protocols/ilp/packet.ts";
import { type ClaimAck, decodeClaimAck } from "../../../money/claims/claim_ack.ts";
import { conditionFor } from "./counting_terminal.ts";

export interface Answer {
  readonly packet: Packet | null;
  readonly ack: ClaimAck | null;
  readonly errorCode: string | null;
}

/** An open socket with responses by request id. */
export class RawPeer implements AsyncDisposable {
  readonly #waiting = new Map<number, (frame: Frame) => void>();
  readonly closed: Promise<number>;
  #nextId = 1;

  private constructor(readonly socket: WebSocket, readonly wire: Wire) {
    this.closed = new Promise((resolve) => socket.on("close", (code: number) => resolve(code)));
    socket.on("message", (data) => {
      const frame = wire.decodeFrame(new Uint8Array(data as Uint8Array));
      this.#waiting.get(frame.requestId)?.(frame);
    });
  }

  static async dial(url: string, wire: Wire = interledgerWire): Promise<RawPeer> {
    const socket = new WebSocket(url.replace("btp+", ""));
    socket.on("error", () => {});
    const peer = new RawPeer(socket, wire);
    await new Promise<void>((resolve) => socket.once("open", () => resolve()));
    return peer;
  }

  /** Signed in as `name`. */
  static async signedIn(url: string, name: string, wire?: Wire): Promise<RawPeer> {
    const peer = await RawPeer.dial(url, wire);
    await peer.signIn(name, `${name} token`);
    return peer;
  }

  signIn(username: string, token: string): Promise<Frame> {
    return this.request((id) => this.wire.authFrame(id, { username, token }));
  }

  request(make: (id: number) => Frame): Promise<Frame> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.socket.send(this.wire.encodeFrame(make(id)));
    });
  }

  async pay(prepare: Uint8Array, claim: Uint8Array | null): Promise<Answer> {
    const protocolData: ProtocolData[] = claim === null
      ? []
      : [{ name: CLAIM_PROTOCOL, contentType: CONTENT_TYPE.json, data: claim }];
    const frame = await this.request((requestId) => ({
      type: "message",
      requestId,
      protocolData,
      packet: prepare,
    }));
    const ack = protocolDataOf(frame, "claim-ack");
    return {
      packet: frame.packet === undefined ? null : this.wire.decodePacket(frame.packet),
      ack: ack === undefined ? null : decodeClaimAck(ack.data),
      errorCode: frame.error?.code ?? null,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

let serial = 0;

/** A PREPARE with unique data, on a wire. */
export function prepareOf(
  amount: bigint,
  more: Partial<Prepare> = {},
  wire: Wire = interledgerWire,
): Uint8Array {
  const data = more.data ?? new TextEncoder().encode(`raw payment ${++serial}`);
  return wire.encodePrepare({
    amount,
    expiresAtMs: Date.now() + 240_000,
    destination: "test.hub.relay",
    data,
    condition: conditionFor(data),
    ...more,
  });
}
