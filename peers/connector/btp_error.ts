/**
 * What goes wrong on a BTP session.
 *
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** A BTP session's failure. */
export class BtpError extends Error {
  override readonly name = "BtpError";
  /**
   * `unauthorized` (the peer refused our secret), `peer_error` (it answered a request with ERROR), `timeout`, `closed`, `busy` (too
   * many requests wait), `frame` (bytes that are no frame), `unknown_response`, `duplicate_request`, `connect`.
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
  /** The peer's own code, where it sent an ERROR. */
  readonly peerCode: string | null;
  /** Makes a failure with its code. */
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

crossesPorts("BtpError", ({ code, message }) => new BtpError(code as BtpError["code"], message));
