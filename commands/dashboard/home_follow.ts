/**
 * Follows a home for a dashboard: reads it and turns changes into messages.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Store } from "../../store/store.ts";
import type { Invocation } from "../../shell/command.ts";
import { announced } from "./announced.ts";
import type { DashboardWorkers } from "./dashboard_workers.ts";
import { type Helpers, jobOf, testsOf } from "./effects.ts";
import { EventLines } from "./event_lines.ts";
import { watchHome } from "./home_watch.ts";
import type { EventLine, JobLine } from "./model.ts";
import { ProviderNames } from "./provider_names.ts";
import { homeLooks } from "./read_home.ts";
import { EVERYTHING, type Shown } from "./shown.ts";
import type { Message } from "./update.ts";

/** How many earlier entries are shown at the start. */
export const EARLIER = 30;

/** Makes what actions and lines need. Workers start when they are first used. */
export function helpersOf(
  invocation: Invocation,
  config: Config,
  store: Store,
  workers: DashboardWorkers,
): Helpers {
  const { market } = workers;
  const names = new ProviderNames(
    (pubkey) => announced(pubkey, config.paths.controlSocket, workers),
    invocation.io.clock,
  );
  return { invocation, config, store, market, nameOf: (provider) => names.nameOf(provider) };
}

/** What a home is followed with. */
export interface Followed extends Pick<Helpers, "store" | "market" | "nameOf"> {
  readonly config: {
    readonly profile: Pick<Config["profile"], "asset">;
    readonly get: (key: "limits.low_balance_percent") => number;
  };
}

/** The journal as lines for people. `fresh` gives the jobs that were read just now. */
export function linesFor(
  { store, config, market, nameOf }: Followed,
  fresh: (jobId: string) => JobLine | undefined = () => undefined,
): EventLines {
  return new EventLines({
    asset: config.profile.asset,
    jobOf: async (jobId) => fresh(jobId) ?? await jobOf(store, jobId),
    testsOf: async (job) => await testsOf(await store.getJob(job.jobId, job.role), market),
    nameOf,
  });
}

/**
 * Sends a new view of the home, with its events, at the start and after each change, until the signal. `shown` says what is in view; by
 * default everything may be.
 */
export async function followHome(
  helpers: Followed,
  send: (message: Message) => void,
  signal: AbortSignal,
  shown: () => Shown = () => EVERYTHING,
): Promise<void> {
  const { store, config } = helpers;
  let fresh: ReadonlyMap<string, JobLine> = new Map();
  const lines = linesFor(helpers, (jobId) => fresh.get(jobId));
  const lowPercent = config.get("limits.low_balance_percent");
  const looks = homeLooks(store, lowPercent, () => performance.now());
  await watchHome(store, async (entries) => {
    const read = await looks(entries.flatMap(({ jobId }) => jobId ?? []), shown());
    fresh = read.fresh;
    const events: EventLine[] = [];
    for (const entry of entries) events.push(...await lines.linesOf(entry));
    send({ is: "look", look: read.look, events });
    return read.whole ? undefined : "again";
  }, { signal, earlier: EARLIER, page: () => shown().newest });
}
