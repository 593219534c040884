/**
 * Our relay in its own process, for the bench: `relay_host.ts FILE`. It prints its address, and its memory for each line on standard input;
 * it ends with its input.
 *
 * @module
 */
import { startRelayServer } from "../network/relay/relay_server.ts";
import { startVerifying } from "./verifying.ts";

const identity = {
  name: "bench",
  description: "",
  pubkey: "a".repeat(64),
  ilpAddress: null,
  priceUnitsPerByte: 0n,
  asset: { code: "M2M", scale: 6 },
  version: "0",
};
// The load comes from one address, and must not count as a flood.
const limits = { maxMessagesPerSecond: 1_000_000, maxConnectionsPerAddress: 16_384 };
await using verifier = await startVerifying();
const { verifySignatures: verify } = verifier;
const file = Deno.args[0]!;
const server = await startRelayServer({ file, identity, write: "nostr", limits, verify });
console.log(JSON.stringify({ url: server.url }));
for await (const _line of Deno.stdin.readable) {
  const { connections, verified } = server.status();
  console.log(JSON.stringify({ rss: Deno.memoryUsage().rss, connections, verified }));
}
await server.close();
