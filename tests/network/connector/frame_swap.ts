/**
 * A line between a client and its connector on which one packet overtakes another, as on a network that does not keep the order of frames.
 */
import WebSocket, { WebSocketServer } from "ws";
import { CLAIM_PROTOCOL, protocolDataOf } from "../../../protocols/btp/frame.ts";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";

/** The direction of packets: from the client that dials, or to it. */
type Direction = "up" | "down";

export interface FrameSwap extends AsyncDisposable {
  /** The address for the client. */
  readonly url: string;
  /** Holds the next packet of this direction until the packet after it has passed. Resolves when it is held. */
  swapNext(direction: Direction): Promise<void>;
  /** The number of packets that were overtaken. */
  readonly overtaken: number;
}

export async function frameSwap(connectorUrl: string): Promise<FrameSwap> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  await new Promise<void>((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { readonly port: number };
  const wanted = new Map<Direction, () => void>();
  const held = new Map<Direction, { readonly claim: string; readonly bytes: Uint8Array }>();
  let overtaken = 0;
  server.on("connection", (near) => {
    const far = new WebSocket(connectorUrl.replace("btp+", ""), { perMessageDeflate: false });
    const opened = new Promise<void>((resolve) => far.once("open", () => resolve()));
    const cut = () => {
      near.terminate();
      far.terminate();
    };
    for (const socket of [near, far]) {
      socket.on("error", () => {});
      socket.on("close", cut);
    }
    const pass = (to: WebSocket, direction: Direction) => async (data: WebSocket.RawData) => {
      await opened;
      const bytes = new Uint8Array(data as Uint8Array);
      const claim = protocolDataOf(wire.decodeFrame(bytes), CLAIM_PROTOCOL)?.data.toHex();
      if (claim === undefined) return to.send(bytes);
      const isHeld = wanted.get(direction);
      if (isHeld !== undefined) {
        wanted.delete(direction);
        held.set(direction, { claim, bytes });
        return isHeld();
      }
      const late = held.get(direction);
      // The held packet, sent again after a pause.
      if (late?.claim === claim) return;
      to.send(bytes);
      if (late === undefined) return;
      held.delete(direction);
      overtaken += 1;
      to.send(late.bytes);
    };
    near.on("message", pass(far, "up"));
    far.on("message", pass(near, "down"));
  });
  return {
    url: `btp+ws://127.0.0.1:${port}`,
    swapNext: (direction) => new Promise((resolve) => wanted.set(direction, resolve)),
    get overtaken() {
      return overtaken;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
