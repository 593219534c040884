/**
 * The error of a BTP session.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A BTP session's failure. */
export class BtpError extends Error {
  override readonly name = "BtpError";
  /**
   * `unauthorized` (the peer refused the sign-in), `peer_error` (the peer answered a request with ERROR), `timeout`, `closed`, `busy` (too
   * many requests wait), `frame` (invalid frame), `unknown_response`, `duplicate_request`, `connect`.
   */
  readonly code:
    | "unauthorized"
    | "peer_error"
    | "timeout"
    | "closed"
    | "busy"
    | "frame"
    | "unknown_response"
    | "duplicate_request"
    | "connect";
  /** The code of the peer's ERROR; null if the peer sent none. */
  readonly peerCode: string | null;
  /** Makes an error with its code. */
  constructor(
    code: BtpError["code"],
    message: string,
    peerCode: string | null = null,
  ) {
    super(message);
    this.code = code;
    this.peerCode = peerCode;
  }
}

crossesPorts<BtpError>("BtpError", ({ code, message }) => new BtpError(code, message));
