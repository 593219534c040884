/** Two homes on `@nostr-relay`, without a connector. */
import { ForeignRelay, type ForeignRelayOptions, missingRelay } from "../relay/foreign_relay.ts";
import { steadyPorts } from "../../steady_ports.ts";
import { firstEvent, Home } from "./market.ts";

export const missing = await missingRelay();
export const left = missing === null ? "" : ` (left out: ${missing})`;
export const ignore = missing !== null;

interface FreeMarket extends AsyncDisposable {
  readonly root: string;
  readonly relay: ForeignRelay;
  readonly buyer: Home;
  readonly provider: Home;
}

export async function market(options: ForeignRelayOptions = {}): Promise<FreeMarket> {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  const [port] = steadyPorts(1);
  const relay = await ForeignRelay.start({ file: `${root}/relay.db`, port, ...options });
  const [buyer, provider] = await Promise.all([
    Home.make(root, "buyer"),
    Home.make(root, "provider"),
  ]);
  await buyer.configure(`relay_url = "${relay.url}"`);
  await provider.configure(`relay_url = "${relay.url}"`, "[node]\nprice_units = 0");
  return {
    root,
    relay,
    buyer,
    provider,
    async [Symbol.asyncDispose]() {
      await relay.kill();
      await Deno.remove(root, { recursive: true });
    },
  };
}

export const announced = (url: string, provider: Home) =>
  firstEvent(url, [{ kinds: [31_990], authors: [provider.pubkey] }]);
