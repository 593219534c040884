import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { interledgerWire } from "../../protocols/wires/interledger/wire.ts";

/** A peer on 127.0.0.1 that is closed at the end of the test. */
export interface Peer extends AsyncDisposable {
  readonly port: number;
}

/** Serves HTTP and WebSocket on port 0. */
async function serve(
  onHttp: (accept: string) => string,
  onMessage: (bytes: Uint8Array, send: (data: string | Uint8Array) => void) => void,
  aheadMs = 0,
): Promise<Peer> {
  const http = createServer((request, response) => {
    response.setHeader("content-type", "application/nostr+json");
    response.end(onHttp(request.headers.accept ?? ""));
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on("headers", (headers: string[]) => {
    headers.push(`Date: ${new Date(Date.now() + aheadMs).toUTCString()}`);
  });
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data) => onMessage(data as Uint8Array, (text) => socket.send(text)));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    port: (http.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

/** A relay without events that has a NIP-11 document. */
export function emptyRelay(information: Record<string, unknown>, aheadMs = 0): Promise<Peer> {
  return serve(() => JSON.stringify(information), (bytes, send) => {
    const [type, subscription] = JSON.parse(new TextDecoder().decode(bytes));
    if (type === "REQ") send(JSON.stringify(["EOSE", subscription]));
  }, aheadMs);
}

/** A relay that answers every REQ with CLOSED and the same message, as strfry does with its challenge. */
export function closingRelay(words: string): Promise<Peer> {
  return serve(() => "{}", (bytes, send) => {
    const [type, subscription] = JSON.parse(new TextDecoder().decode(bytes));
    if (type !== "REQ") return;
    send(JSON.stringify(["AUTH", "challenge"]));
    send(JSON.stringify(["CLOSED", subscription, words]));
  });
}

/** A connector that accepts one secret, and answers nothing else. */
export function btpServer(token: string, aheadMs = 0): Promise<Peer> {
  return serve(() => "", (bytes, send) => {
    const frame = interledgerWire.decodeFrame(new Uint8Array(bytes));
    const auth = interledgerWire.parseAuth(frame);
    const { requestId } = frame;
    send(interledgerWire.encodeFrame(
      auth?.token === token ? { type: "response", requestId, protocolData: [] } : {
        type: "error",
        requestId,
        protocolData: [],
        error: {
          code: "F00",
          name: "NotAcceptedError",
          triggeredAt: new Date(0).toISOString(),
          data: new Uint8Array(),
        },
      },
    ));
  }, aheadMs);
}
