/**
 * Nostr Wallet Connect (NIP-47): the connection text that a Lightning wallet gives, and the requests and answers inside the encrypted
 * events. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/47.md
 * @module
 */
import { asPubkey, type Pubkey } from "./event.ts";
import { EventError } from "./event_error.ts";
import { hexToBytes, isHex } from "./hex.ts";
import { publicKeyOf } from "./sign.ts";

/** The kinds of requests and answers. SPSP uses the same numbers. */
export const WALLET_KINDS = { request: 23194, response: 23195 } as const;

/** A wallet, and the key with which it takes orders. */
export interface WalletConnection {
  /** The wallet's key. */
  readonly wallet: Pubkey;
  /** The relays on which it listens. */
  readonly relays: readonly string[];
  /** The private key of this connection, 32 bytes. With it anybody can spend as much as the wallet allows. */
  readonly secret: Uint8Array;
}

const MAX_URI = 2_048;
const MAX_RELAYS = 8;

/**
 * Reads `nostr+walletconnect://WALLET?relay=URL&secret=HEX`.
 *
 * @throws {WalletConnectError} `bad_connection`; the message never quotes the text, because it has a secret.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readWalletConnection } from "./wallet_connect.ts";
 *
 * const wallet = "b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4";
 * const { relays } = readWalletConnection(
 *   `nostr+walletconnect://${wallet}?relay=wss%3A%2F%2Frelay.example&secret=${"01".repeat(32)}`,
 * );
 * assert.deepEqual(relays, ["wss://relay.example"]);
 * ```
 */
export function readWalletConnection(text: string): WalletConnection {
  const match = /^nostr\+walletconnect:(?:\/\/)?([0-9a-fA-F]{64})\/?\?(.+)$/.exec(text.trim());
  if (match === null || text.length > MAX_URI) {
    throw new WalletConnectError(
      "bad_connection",
      "it must look like nostr+walletconnect://WALLET?relay=URL&secret=HEX",
    );
  }
  const query = new URLSearchParams(match[2]);
  const secrets = query.getAll("secret");
  const relays = query.getAll("relay");
  const [hex = ""] = secrets;
  if (secrets.length !== 1 || !isHex(hex.toLowerCase(), 64)) {
    throw new WalletConnectError("bad_connection", "it must have one secret of 64 hex digits");
  }
  if (relays.length === 0 || relays.length > MAX_RELAYS) {
    throw new WalletConnectError("bad_connection", `it must name 1 to ${MAX_RELAYS} relays`);
  }
  const secret = hexToBytes(hex.toLowerCase());
  try {
    publicKeyOf(secret);
    return { wallet: asPubkey(match[1].toLowerCase()), relays, secret };
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof EventError)) throw cause;
    throw new WalletConnectError("bad_connection", "its secret or its wallet is not a key");
  }
}

/** The methods that this program uses. */
export type WalletMethod = "pay_invoice" | "make_invoice" | "lookup_invoice";

/** What a wallet answers: its result, or its own error code. */
export type WalletAnswer =
  | { readonly result: Readonly<Record<string, unknown>> }
  | { readonly error: { readonly code: string; readonly message: string } };

const MAX_WORDS = 300;

/**
 * Reads the decrypted answer to a request of this method.
 *
 * @throws {WalletConnectError} `bad_answer`
 */
export function readWalletAnswer(method: WalletMethod, text: string): WalletAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WalletConnectError("bad_answer", "the wallet's answer is not JSON", { cause });
  }
  const { result_type: type, error, result } = objectOf(value) ?? {};
  if (type !== method) {
    throw new WalletConnectError("bad_answer", `the wallet answered something else than ${method}`);
  }
  const failed = objectOf(error);
  if (failed !== null) {
    const code = typeof failed.code === "string" && /^[A-Z_]{1,40}$/.test(failed.code)
      ? failed.code
      : "OTHER";
    const message = typeof failed.message === "string" ? failed.message.slice(0, MAX_WORDS) : "";
    return { error: { code, message } };
  }
  const given = objectOf(result);
  if (given === null) {
    throw new WalletConnectError("bad_answer", "the wallet's answer has no result and no error");
  }
  return { result: given };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Readonly<Record<string, unknown>>
    : null;
}

/** A connection or an answer that cannot be used. */
export class WalletConnectError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "WalletConnectError";
  /** The stable code of the reason. */
  readonly code: "bad_connection" | "bad_answer" | "closed" | "refused" | "wrong_invoice";
  /** Makes an error. */
  constructor(code: WalletConnectError["code"], message: string, options?: ErrorOptions) {
    super(`Cannot use the Lightning wallet: ${message}`, options);
    this.code = code;
  }
}
