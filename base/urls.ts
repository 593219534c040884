/**
 * Addresses of relays, connectors and chains. Without TLS, only loopback addresses are allowed. An address must not contain a secret,
 * because addresses are shown and logged.
 *
 * @module
 */
import { ConfigError } from "./config_error.ts";

/** Checks a relay's address: `wss://`, or `ws://` to loopback. Returns it unchanged. */
export function checkRelayUrl(text: string, where: string): string {
  return check(text, where, text, { secure: "wss:", plain: "ws:" }, "wss://relay.example");
}

/** Checks a connector's address: `btp+wss://`, or `btp+ws://` to loopback. Returns it unchanged. */
export function checkConnectorUrl(text: string, where: string): string {
  const example = "btp+wss://connector.example:3000";
  if (!text.startsWith("btp+")) throw unusable(where, "must begin with btp+wss://", example);
  return check(text, where, text.slice(4), { secure: "wss:", plain: "ws:" }, example);
}

/** Checks the address of a chain's RPC, an explorer or a faucet: `https://`, or `http://` to loopback. */
export function checkHttpUrl(text: string, where: string): string {
  return check(text, where, text, { secure: "https:", plain: "http:" }, "https://rpc.example");
}

/** Whether a host name always means this machine, so that nobody on the network can listen. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Whether a host name means this machine: loopback, and the other addresses that reach it. */
export function isThisMachine(hostname: string): boolean {
  const name = hostname.replace(/\.$/, "");
  return isLoopback(name) || name === "0.0.0.0" || name === "[::]" ||
    /^\[::(?:ffff:)?7f[0-9a-f]{2}:/.test(name);
}

/**
 * `host:port` of an address, for a `net` permission. Without a port it uses the default port of the scheme. It also accepts a connector's
 * `btp+` address.
 */
export function hostOfUrl(url: string): string {
  const { hostname, port, protocol } = new URL(url.replace(/^btp\+/, ""));
  return hostAndPort(hostname, port || (/^(?:wss|https):$/.test(protocol) ? 443 : 80));
}

/** `host:port`, with an IPv6 address in brackets. */
export function hostAndPort(hostname: string, port: number | string): string {
  const isBare = hostname.includes(":") && !hostname.startsWith("[");
  return `${isBare ? `[${hostname}]` : hostname}:${port}`;
}

function check(
  text: string,
  where: string,
  parsed: string,
  schemes: { readonly secure: string; readonly plain: string },
  example: string,
): string {
  let url: URL;
  try {
    url = new URL(parsed);
  } catch {
    throw unusable(where, "is no address", example);
  }
  if (text.length > 2_048) throw unusable(where, "is longer than 2,048 characters", example);
  if (url.protocol !== schemes.secure && url.protocol !== schemes.plain) {
    throw unusable(where, `has the scheme ${url.protocol.slice(0, 20)}`, example);
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw unusable(where, "must carry no user, password or fragment", example);
  }
  if (url.protocol === schemes.plain && !isLoopback(url.hostname)) {
    throw new ConfigError(
      "insecure_url",
      `${where} goes to ${url.host} without TLS, which is allowed to this machine only`,
      `use the address with TLS, like ${example}`,
      { key: keyIn(where) },
    );
  }
  return text;
}

function unusable(where: string, why: string, example: string): ConfigError {
  return new ConfigError("config_invalid", `${where} ${why}`, `write it like ${example}`, {
    key: keyIn(where),
  });
}

/** The key of a file, if that is where the address stands: a flag, and a place whose file and line are named already, are none. */
function keyIn(where: string): string | null {
  return /^\w[\w.-]*$/.test(where) ? where : null;
}
