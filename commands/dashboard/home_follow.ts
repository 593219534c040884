/**
 * Follows a home for a dashboard: reads it and turns changes into messages.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { relaysToRead } from "../../config/more_relays.ts";
import type { Supervisor } from "../../home/workers/supervisor.ts";
import type { Market } from "../../market/market_service.ts";
import type { Store } from "../../store/store.ts";
import type { Invocation } from "../../shell/command.ts";
import { openMarket } from "../job/job_market.ts";
import { type Helpers, jobOf, testsOf } from "./effects.ts";
import { EventLines } from "./event_lines.ts";
import { watchHome } from "./home_watch.ts";
import type { EventLine } from "./model.ts";
import { ProviderNames } from "./provider_names.ts";
import { homeLooks } from "./read_home.ts";
import type { Message } from "./update.ts";

/** How many earlier entries are shown at the start. */
export const EARLIER = 30;

/** Makes what actions and lines need. Workers start when they are first used. */
export function helpersOf(
  invocation: Invocation,
  config: Config,
  store: Store,
  supervisor: Supervisor,
): Helpers {
  let opening: Promise<Pick<Market, "readResult">> | undefined;
  const market = () => opening ??= openMarket({ supervisor });
  let asking: ReturnType<typeof relayReader> | undefined;
  const relayReader = async () => {
    const relays = relaysToRead(config.profile);
    return (await supervisor.service("relay-reader-anonymous", relays)).client();
  };
  const names = new ProviderNames(
    async (pubkey) => await (await (asking ??= relayReader())).announcements([], pubkey),
    invocation.io.clock,
  );
  return { invocation, config, store, market, nameOf: (provider) => names.nameOf(provider) };
}

/** The journal as lines for people. */
export function linesFor({ store, config, market, nameOf }: Helpers): EventLines {
  return new EventLines({
    asset: config.profile.asset,
    jobOf: (jobId) => jobOf(store, jobId),
    testsOf: async (job) => await testsOf(await store.getJob(job.jobId, job.role), market),
    nameOf,
  });
}

/** Sends a new view of the home, with its events, at the start and after each change, until the signal. */
export async function followHome(
  helpers: Helpers,
  send: (message: Message) => void,
  signal: AbortSignal,
): Promise<void> {
  const { store, config } = helpers;
  const lines = linesFor(helpers);
  const lowPercent = config.get("limits.low_balance_percent");
  const looks = homeLooks(store, lowPercent, () => performance.now());
  await watchHome(store, async (fresh) => {
    const events: EventLine[] = [];
    for (const entry of fresh) events.push(...await lines.linesOf(entry));
    const { look, counted } = await looks();
    send({ is: "look", look, events });
    return counted ? undefined : "again";
  }, { signal, earlier: EARLIER });
}
