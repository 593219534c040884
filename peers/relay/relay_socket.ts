/**
 * One WebSocket to a relay through npm `ws`: frames are bounded, never compressed, redirects are not followed, and reading can be
 * paused. Deno's own WebSocket buffers without bound and holds small frames back.
 *
 * @module
 */
import WebSocket from "ws";

/** What a socket tells its owner. `closed` is called exactly once and last. */
interface SocketEvents {
  /** `date` is the relay's time as the `Date` header of its answer told it. */
  open(date?: string): void;
  text(text: string): void;
  /** A pong or anything else that shows that the other side lives. */
  alive(): void;
  closed(reason: string): void;
}

/** A socket as a connection uses it. */
export interface RelaySocket {
  send(text: string): void;
  ping(): void;
  pause(): void;
  resume(): void;
  /** Closes politely where `reason` is given, else cuts the line. */
  close(reason?: string): void;
}

/** Opens a socket; never throws, what fails is told by `closed`. */
export type SocketFactory = (
  url: string,
  maxFrameBytes: number,
  events: SocketEvents,
) => RelaySocket;

/** The {@link SocketFactory} over npm `ws`. */
export const openSocket: SocketFactory = (url, maxFrameBytes, events) => {
  const options: WebSocket.ClientOptions & { closeTimeout: number } = {
    // After a polite close: a relay that does not answer it must not keep this process alive.
    closeTimeout: 1_000,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
    followRedirects: false,
    // The owner's own timer bounds the handshake, so that a test's clock governs it.
    handshakeTimeout: 0,
  };
  const socket = new WebSocket(url, options);
  let failure = "";
  socket.on("error", (error: Error) => failure = error.message);
  let date: string | undefined;
  socket.once("upgrade", ({ headers }) => date = headers.date);
  socket.on("open", () => events.open(date));
  socket.on("pong", () => events.alive());
  socket.on("ping", () => events.alive());
  socket.on("message", (data, isBinary) => {
    events.alive();
    events.text(
      isBinary ? "" : (data as { toString(encoding: "utf8"): string }).toString("utf8"),
    );
  });
  socket.on("close", (code: number, reason) => {
    const words = failure || (reason as { toString(): string }).toString();
    events.closed(
      words === "" ? `closed with code ${code}` : `${words} (code ${code})`,
    );
  });
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (reason) => {
      // A paused socket would never read the other side's close frame.
      socket.resume();
      if (reason === undefined || socket.readyState !== WebSocket.OPEN) {
        socket.terminate();
      } else socket.close(1000, reason);
    },
  };
};
