/**
 * The traces of a daemon, while a collector is configured.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { hostOfUrl } from "../../base/urls.ts";
import type { Config } from "../../config/config.ts";
import { CommandError } from "../../shell/errors.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";
import { VERSION } from "../../shell/version.ts";
import { checkReachable } from "./reachable.ts";

/** What sends the spans of this home's jobs; nothing while no collector is configured. */
interface DaemonTracing {
  /**
   * Sends to the collector of this configuration from now on. Throws CommandError `no_tracing` if it cannot, and then sends to the earlier
   * one. Only one of them sends at a time, because both keep the same place in the journal.
   */
  configure(now: Config): Promise<void>;
}

/** Starts to send. Throws CommandError `no_tracing` if it cannot. */
export async function startTracing(
  { supervisor, services: { store } }: Pick<ConfiguredHome, "supervisor" | "services">,
  config: Config,
  role: "mayor" | "node",
): Promise<DaemonTracing> {
  const about = { role, network: config.profile.name, pid: Deno.pid, version: VERSION };
  const start = async (endpoint: string | null) =>
    endpoint === null
      ? null
      : await supervisor.service("tracing", { endpoint, ...about }, { store });
  let endpoint: string | null = null;
  let running: Awaited<ReturnType<typeof start>> = null;
  const configure = async ({ get }: Config) => {
    const next = get("tracing.endpoint");
    if (next === endpoint) return;
    if (next !== null) checkReachable(hostOfUrl(next), { code: "no_tracing", what: NO_TRACES });
    await running?.stop();
    running = null;
    try {
      running = await start(next);
      endpoint = next;
    } catch (cause) {
      running = await start(endpoint);
      throw new CommandError(
        "no_tracing",
        `${NO_TRACES}: ${messageOf(cause)}`,
        "see endpoint under [tracing] in the configuration",
        { cause },
      );
    }
  };
  await configure(config);
  return { configure };
}

const NO_TRACES = "traces cannot be sent";
