/**
 * Watches the market: providers that come, change a price or leave, and the cheapest offer for each type of job.
 *
 *     deno task -q example examples/watch_market.ts          # until Ctrl-C
 *     deno task -q example examples/watch_market.ts 1        # until one change was seen
 *
 * It needs no wallet.
 *
 * @module
 */
import { crosstown, documents } from "./crosstown.ts";

/** A line of `provider watch --output json`, as far as it is used here; amounts are decimal strings. */
interface Change {
  readonly change: "came" | "changed" | "went";
  readonly provider: {
    readonly pubkey: string;
    readonly platform: string | null;
    readonly prices: readonly { readonly type: string | null; readonly price_units: string }[];
  };
}

const most = Number(Deno.args[0] ?? Infinity);
const offers = new Map<string, Change["provider"]>();

const watching = crosstown(["provider", "watch", "--output", "json"], { stdout: "piped" }).spawn();
Deno.addSignalListener("SIGINT", () => watching.kill("SIGTERM"));
let seen = 0;
for await (const { change, provider } of documents<Change>(watching.stdout)) {
  if (change === "went") offers.delete(provider.pubkey);
  else offers.set(provider.pubkey, provider);
  console.log(`${provider.pubkey.slice(0, 8)} ${change} (${provider.platform ?? "?"})`);
  for (const [type, units] of cheapest(offers.values())) console.log(`  ${type}: ${units} units`);
  if (++seen === most) break;
}
watching.kill("SIGTERM");
await watching.status;

/** The lowest price of each type. */
function cheapest(providers: Iterable<Change["provider"]>): Map<string, bigint> {
  const lowest = new Map<string, bigint>();
  for (const { prices } of providers) {
    for (const { type, price_units } of prices) {
      const units = BigInt(price_units);
      if (type !== null && units <= (lowest.get(type) ?? units)) lowest.set(type, units);
    }
  }
  return lowest;
}
