/**
 * The `/metrics` endpoint of a daemon, while a port is configured.
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
import { checkReachable } from "./reachable.ts";

/** The endpoint; it serves until the home stops. */
interface DaemonMetrics {
  /** `http://127.0.0.1:9464/metrics`; null while no port is configured. */
  url(): string | null;
  /**
   * Serves on the port of this configuration from now on, unless a flag names the port. Throws CommandError `no_metrics` if it cannot, and
   * then keeps the earlier port.
   */
  configure(now: Config): Promise<void>;
  /** Updates the state of the peers and the counters of the pipelines. */
  tell(
    live: Readonly<Record<string, PeerState | null>>,
    status: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

/** Starts the endpoint if a flag or setting names a port. Throws CommandError `no_metrics` if it cannot, e.g. because the port is in use. */
export async function startMetrics(
  { supervisor, services: { store } }: Pick<ConfiguredHome, "supervisor" | "services">,
  { options }: Pick<Invocation, "options">,
  config: Config,
  { role, network, started_at }: Omit<HomeFigures["about"], "version">,
): Promise<DaemonMetrics> {
  const flag = options.integer("metrics", { min: 0, max: 65_535 });
  const about = { role, network, started_at, version: VERSION };
  const start = async (port: number) => {
    const what = `metrics cannot be served on ${HOST}:${port}`;
    checkReachable(`${HOST}:${port}`, { code: "no_metrics", what });
    try {
      const handle = await supervisor.service("metrics", { port, about }, { store });
      const client = handle.client();
      return { handle, client, url: await client.url() };
    } catch (cause) {
      throw new CommandError(
        "no_metrics",
        `${what}: ${messageOf(cause)}`,
        "name another port with --metrics, or under [metrics] in the configuration",
        { cause },
      );
    }
  };
  let port: number | null = null;
  let running: Awaited<ReturnType<typeof start>> | null = null;
  const configure = async ({ get }: Config) => {
    const next = flag ?? get("metrics.port");
    if (next === port) return;
    const before = running;
    running = next === null ? null : await start(next);
    port = next;
    await before?.handle.stop();
  };
  await configure(config);
  return {
    url: () => running?.url ?? null,
    configure,
    async tell(live, status) {
      await running?.client.tell(figuresOf(live, status));
    },
  };
}

const HOST = "127.0.0.1";

function figuresOf(
  live: Readonly<Record<string, PeerState | null>>,
  { pipelines, services }: Readonly<Record<string, unknown>>,
): Pick<HomeFigures, "peers" | "latencies" | "pipelines" | "services"> {
  const peers = Object.entries(live);
  return {
    peers: Object.fromEntries(
      peers.map(([name, peer]) => [name, peer === null ? null : peer.state === "connected"]),
    ),
    latencies: Object.fromEntries(peers.map(([name, peer]) => [name, peer?.latency_ms ?? null])),
    pipelines: (pipelines ?? {}) as HomeFigures["pipelines"],
    services: (services ?? {}) as HomeFigures["services"],
  };
}
