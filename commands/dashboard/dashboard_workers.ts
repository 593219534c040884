/**
 * The workers of a dashboard: one reads results, one asks the relay for names where no daemon does. Mostly it needs neither, and each takes
 * 15 to 25 MB.
 * So each starts when it is asked, and ends after 20 seconds without a question; what starts them is loaded then too.
 *
 * @module
 */
import type { Market } from "../../market/market_service.ts";
import type { RelayReader } from "../../market/relay_questions.ts";
import type { Config } from "../../config/config.ts";

/** The services of a dashboard. Neither is trusted with a key: what they read comes from others. */
export interface DashboardWorkers extends AsyncDisposable {
  readonly market: () => Promise<Pick<Market, "readResult">>;
  readonly relayReader: () => Promise<Pick<RelayReader, "announcements">>;
}

/** Starts nothing yet. */
export function dashboardWorkers(config: Config): DashboardWorkers {
  let starting: ReturnType<typeof started> | null = null;
  const running = () => starting ??= started(config);
  return {
    market: async () => (await running()).market,
    relayReader: async () => (await running()).relayReader,
    async [Symbol.asyncDispose]() {
      await (await starting?.catch(() => null))?.supervisor.stop(0);
    },
  };
}

async function started({ profile }: Config) {
  const [{ createSupervisor }, { relaysToRead }] = await Promise.all([
    import("../../home/workers/supervisor.ts"),
    import("../../config/more_relays.ts"),
  ]);
  const supervisor = createSupervisor({ log: () => undefined });
  const relays = relaysToRead(profile);
  return {
    supervisor,
    market: (await supervisor.whenNeeded("market")).client(),
    relayReader: (await supervisor.whenNeeded("relay-reader-anonymous", relays)).client(),
  };
}
