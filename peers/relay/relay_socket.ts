/**
 * One WebSocket to a relay.
 *
 * @module
 */
import { ClientSocket } from "../socket/client_socket.ts";

/** The callbacks of a socket. `closed` is called exactly once, as the last one. */
interface SocketEvents {
  /** `date` is the `Date` header of the relay's answer. */
  open(date?: string): void;
  text(text: string): void;
  /** Called for every pong, ping and message: the connection works. */
  alive(): void;
  /** Called for every pong, after {@link SocketEvents.alive}. */
  pong(): void;
  closed(reason: string): void;
}

/** A socket as a connection uses it. */
export interface RelaySocket {
  send(text: string): void;
  ping(): void;
  pause(): void;
  resume(): void;
  /** Closes with a close frame if `reason` is given. Otherwise cuts the connection. */
  close(reason?: string): void;
}

/** Opens a socket. Never throws: a failure is reported by `closed`. */
export type SocketFactory = (
  url: string,
  maxFrameBytes: number,
  events: SocketEvents,
) => RelaySocket;

/** The {@link SocketFactory} of the program. */
export const openSocket: SocketFactory = (url, maxFrameBytes, events) => {
  const socket = new ClientSocket(url, {
    // A relay that does not answer our close frame must not keep this process alive.
    closeTimeout: 1_000,
    maxPayload: maxFrameBytes,
    // The owner's timer limits the handshake, so that the clock of a test controls it.
    handshakeTimeout: 0,
  });
  let failure = "";
  socket.on("error", (error: Error) => failure = error.message);
  socket.on("open", (date) => events.open(date));
  socket.on("pong", () => {
    events.alive();
    events.pong();
  });
  socket.on("ping", () => events.alive());
  socket.on("message", (data) => {
    events.alive();
    events.text(typeof data === "string" ? data : "");
  });
  socket.on("close", (code: number, reason) => {
    const words = failure || reason;
    events.closed(
      words === "" ? `closed with code ${code}` : `${words} (code ${code})`,
    );
  });
  return {
    send: (text) => socket.send(text),
    ping: () => socket.ping(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (reason) => {
      // A paused socket would never read the other side's close frame.
      socket.resume();
      if (reason === undefined || socket.readyState !== socket.OPEN) {
        socket.terminate();
      } else socket.close(1000, reason);
    },
  };
};
