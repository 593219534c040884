/**
 * Which relay addresses are allowed: `wss://` for every host, `ws://` only for this machine.
 *
 * @module
 */
import { hostOfUrl, isLoopback } from "../../base/urls.ts";
import { RelayError } from "./relay_error.ts";

/** A checked relay address. */
interface RelayUrl {
  /** The address to connect to and to show, without a fragment. */
  readonly href: string;
  /** `host:port`, the only net permission that a session needs. */
  readonly host: string;
  /** The address of the NIP-11 document. */
  readonly informationUrl: string;
}

/**
 * Checks a relay's address.
 *
 * @throws {RelayError} `bad_url` if it is not a WebSocket address or contains credentials, `insecure_url` for `ws://` to another machine
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRelayUrl } from "./relay_url.ts";
 *
 * assert.equal(parseRelayUrl("wss://relay.example").host, "relay.example:443");
 * assert.throws(() => parseRelayUrl("ws://relay.example"), { code: "insecure_url" });
 * ```
 */
export function parseRelayUrl(text: string): RelayUrl {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RelayError(
      "bad_url",
      "Cannot use relay address: it is not a URL",
    );
  }
  if (url.protocol !== "wss:" && url.protocol !== "ws:") {
    throw new RelayError(
      "bad_url",
      `Cannot use relay address: it must begin with wss:// (got ${url.protocol}//)`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new RelayError(
      "bad_url",
      "Cannot use relay address: it must not hold a user or password",
    );
  }
  if (url.protocol === "ws:" && !isLoopback(url.hostname)) {
    throw new RelayError(
      "insecure_url",
      `Cannot use relay ${url.host}: ws:// is accepted for loopback only, use wss://`,
    );
  }
  url.hash = "";
  const secure = url.protocol === "wss:";
  const information = new URL(url.href);
  information.protocol = secure ? "https:" : "http:";
  return {
    href: url.href,
    host: hostOfUrl(url.href),
    informationUrl: information.href,
  };
}
