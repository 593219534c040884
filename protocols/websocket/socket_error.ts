/**
 * A fault of the other side of a WebSocket.
 *
 * @module
 */

/** Thrown for bytes that break the protocol or exceed a limit. */
export class WebSocketError extends Error {
  /** Always `WebSocketError`. */
  override readonly name = "WebSocketError";
  /** The code with which the connection is closed (RFC 6455, 7.4.1). */
  readonly code: 1002 | 1007 | 1009;
  /** Makes an error with its code. */
  constructor(code: WebSocketError["code"], message: string) {
    super(message);
    this.code = code;
  }
}
