/** Homes on a relay whose jobs are paid over Lightning, with wallets of the Alby SDK. */
import { Alby, missingAlby } from "../alby/alby.ts";
import { missingNdk } from "../ndk/ndk.ts";
import { StrfryLike } from "../relay/strfry_like.ts";
import { Daemon, firstEvent, Home } from "./market.ts";

export const missing = await missingAlby() ?? await missingNdk();
export const left = missing === null ? "" : ` (left out: ${missing})`;
export const ignore = missing !== null;

interface LightningMarket extends AsyncDisposable {
  readonly root: string;
  readonly relay: StrfryLike;
  readonly alby: Alby;
  readonly buyer: Home;
}

export async function market(
  more = "invoice_msats = 30000\nday_msats = 100000",
): Promise<LightningMarket> {
  const root = await Deno.makeTempDir({ prefix: "ct" });
  const relay = await StrfryLike.start();
  const alby = await Alby.start(relay.url);
  const [buyer] = await Promise.all([Home.make(root, "buyer"), alby.wallet(`${root}/wallet`)]);
  await buyer.configure(
    `relay_url = "${relay.url}"`,
    `[lightning]\nwallet_file = "${root}/wallet"\nrelay = "${relay.url}"\nnetwork = "regtest"\n${more}`,
  );
  return {
    root,
    relay,
    alby,
    buyer,
    async [Symbol.asyncDispose]() {
      await alby[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** A provider that takes Lightning, with a wallet of its own. */
export async function startProvider(
  { root, relay, alby }: LightningMarket,
): Promise<[Home, Daemon]> {
  const [provider] = await Promise.all([
    Home.make(root, "provider"),
    alby.wallet(`${root}/till`),
  ]);
  await provider.configure(
    `relay_url = "${relay.url}"`,
    `[lightning]\nwallet_file = "${root}/till"\nrelay = "${relay.url}"\nnetwork = "regtest"\n[node]\nprice_units = 5000\nlightning_msats = 12000`,
  );
  const node = await Daemon.start("node", provider);
  await firstEvent(relay.url, [{ kinds: [31_990], authors: [provider.pubkey] }]);
  return [provider, node];
}
