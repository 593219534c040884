/**
 * The `/metrics` endpoint of a daemon, if it is configured.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { HomeFigures } from "../../home/metrics/metrics.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import type { PeerState } from "../../shell/live_state.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";
import { VERSION } from "../../shell/version.ts";

/** A running endpoint; it serves until the home stops. */
interface DaemonMetrics {
  readonly url: string;
  /** Updates the state of the peers and the counters of the pipelines. */
  tell(
    live: Readonly<Record<string, PeerState | null>>,
    status: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

/** Starts the endpoint; null if no flag or setting names a port. Throws CommandError `no_metrics` if the port is in use. */
export async function startMetrics(
  { supervisor, services: { store } }: ConfiguredHome,
  { options }: Pick<Invocation, "options">,
  { get }: Pick<Config, "get">,
  about: Omit<HomeFigures["about"], "version">,
): Promise<DaemonMetrics | null> {
  const port = options.integer("metrics", { min: 0, max: 65_535 }) ?? get("metrics.port");
  if (port === null) return null;
  const { role, network, started_at } = about;
  try {
    const handle = await supervisor.service("metrics", {
      port,
      about: { role, network, started_at, version: VERSION },
    }, { store });
    const client = handle.client();
    return {
      url: await client.url(),
      tell: (live, { pipelines, services }) =>
        client.tell({
          peers: Object.fromEntries(
            Object.entries(live).map(([name, peer]) => [
              name,
              peer === null ? null : peer.state === "connected",
            ]),
          ),
          latencies: Object.fromEntries(
            Object.entries(live).map(([name, peer]) => [name, peer?.latency_ms ?? null]),
          ),
          pipelines: (pipelines ?? {}) as HomeFigures["pipelines"],
          services: (services ?? {}) as HomeFigures["services"],
        }),
    };
  } catch (cause) {
    throw new CommandError(
      "no_metrics",
      `metrics cannot be served on 127.0.0.1:${port}: ${messageOf(cause)}`,
      "name another port with --metrics, or under [metrics] in the configuration",
      { cause },
    );
  }
}
