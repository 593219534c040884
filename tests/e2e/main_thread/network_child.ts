/** `network_child.ts HOME WIRE`: a dev network without a provider. Prints where it listens, as JSON, and stops when its standard input ends. */
import { startDevNetwork } from "../../../network/dev/dev_network.ts";
import { devLayout } from "../../../network/dev/layout.ts";

const [home, wire] = Deno.args;
const network = await startDevNetwork({
  layout: devLayout(home),
  hostname: "127.0.0.1",
  relayPort: 0,
  connectorPort: 0,
  wire: wire === "crosstown" ? wire : "interledger",
  version: "0.0.0",
  path: Deno.env.get("PATH") ?? "",
  log: () => undefined,
  onFatal: () => Deno.exit(1),
});
const { relayUrl, connectorBtp, rpcUrl, providers } = network;
console.log(
  JSON.stringify({ relayUrl, connectorBtp, rpcUrl, providerPubkey: providers[0].pubkey }),
);
for await (const _ of Deno.stdin.readable);
await network.stop();
Deno.exit(0);
