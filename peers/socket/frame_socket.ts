/**
 * An open WebSocket as sessions use it. The client's own sockets and those of npm `ws`, which servers use, both have this form.
 *
 * @module
 */

/** A WebSocket. */
export interface FrameSocket {
  readonly readyState: number;
  /** The value of {@link FrameSocket.readyState} while messages can be sent. */
  readonly OPEN: 1;
  readonly isPaused: boolean;
  /** Bytes that the other side has not read yet. */
  readonly bufferedAmount: number;
  /** Sends a binary message. */
  send(bytes: Uint8Array): void;
  ping(): void;
  /** Stops reading. What was read already is still reported. */
  pause(): void;
  resume(): void;
  /** Closes with a close frame, and cuts the connection if the other side does not end it. */
  close(code: number, reason: string): void;
  /** Cuts the connection. */
  terminate(): void;
  on(event: "message", listener: (data: unknown, isBinary: boolean) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "close", listener: (code: number, reason: { toString(): string }) => void): unknown;
  on(event: "message" | "ping" | "pong", listener: () => void): unknown;
  once(event: "close", listener: () => void): unknown;
}
