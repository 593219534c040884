/** Homes whose configuration names peers on this machine. */
import { MemoryIo } from "./memory_io.ts";

/** A home with this configuration, and a process in memory for it. */
export async function home(toml = ""): Promise<{ path: string; io: MemoryIo } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "crosstown-home-" });
  if (toml !== "") await Deno.writeTextFile(`${path}/crosstown.toml`, toml, { mode: 0o600 });
  const io = new MemoryIo();
  io.variables = { GASTOWN_HOME: path, HOME: path };
  return { path, io, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A port on which no program listens. */
export function deadPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The configuration of a network whose relay and connector listen on these ports. */
export function network(relayPort: number, connectorPort: number, token = "secret"): string {
  return `network = "here"
[networks.here]
relay_url = "ws://127.0.0.1:${relayPort}"
connector_btp = "btp+ws://127.0.0.1:${connectorPort}"
testnet = true
[networks.here.connector_auth]
username = "alice"
token = "${token}"
[networks.here.relay]
pubkey = "${"ab".repeat(32)}"
ilp_address = "g.here.relay"
`;
}

/** What a relay says of itself (NIP-11). */
export const RELAY = { name: "the relay", software: "x", version: "1", supported_nips: [1, 11] };
