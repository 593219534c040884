/**
 * `crosstown node run`: the provider's process.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { AskedPrices } from "../../home/local/provider_rules.ts";
import { startProvider } from "../../home/provider.ts";
import { sandboxTier } from "../../skills/sandbox/tier.ts";
import type { Invocation } from "../../shell/command.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { refuseOwnNetwork } from "./dev_join.ts";
import { isOwnNetwork } from "../../shell/own_network.ts";
import { ownPlatform, skillMachine } from "../../shell/platform.ts";
import { VERSION } from "../../shell/version.ts";
import { runDaemon } from "./run_daemon.ts";

/** Runs the provider until it is stopped. */
export async function nodeRun(invocation: Invocation): Promise<number> {
  const { io, options, output } = invocation;
  const config = await configOf(invocation);
  if (config.profile.name === "dev") await refuseOwnNetwork(config.paths);
  const platform = ownPlatform();
  return await runDaemon(invocation, config, "node", async (home) => {
    const provider = await startProvider(home, {
      concurrency: options.integer("jobs", { min: 1, max: 1_024 }) ?? config.get("node.jobs"),
      tags: [...config.get("node.tags"), ...options.list("tag")],
      allowBuyers: [...config.get("node.allow_buyers"), ...options.list("allowBuyer")],
      ownNetwork: isOwnNetwork(config, options.on("ownNetwork")),
      ...skillMachine(io.env, config),
      name: config.get("node.name") ?? `crosstown ${config.mayor}`,
      asked: askedPrices(config),
      heartbeatS: config.get("node.heartbeat_s"),
      version: VERSION,
      limitBytes: config.profile.write === "nostr"
        ? config.get("limits.event_bytes")
        : config.get("limits.prepare_data_bytes"),
    });
    const { connectorBtp, ilpAddress } = config.profile;
    const payable = connectorBtp !== null && ilpAddress !== undefined;
    if (
      !payable &&
      provider.prices().some(({ flatUnits, unitsPerKib }) => flatUnits + unitsPerKib > 0n)
    ) {
      await output.warn(
        `nobody can pay this provider on ${config.profile.name}, because its profile names no ${
          connectorBtp === null ? "connector" : "ilp_address"
        }: only free jobs will come; set price_units = 0 under [node] to offer them`,
      );
    }
    return {
      about: {
        platform,
        ilp_address: config.profile.ilpAddress ?? null,
        sandbox: sandboxTier(provider.catalog.sandbox, provider.catalog.tools.groups),
        limits: provider.catalog.tools.groups ? "control group" : "watchdog",
      },
      status: () => ({
        kinds: provider.prices().map(({ kind }) => kind).join(" "),
        skills: provider.offers().skills.map(({ name }) => name).join(" "),
        unused_skills: provider.offers().problems,
        pipelines: Object.fromEntries(
          provider.pipelines.map((each) => [each.name, each.counters()]),
        ),
        services: home.supervisor.counters(),
      }),
      ended: provider.ended,
      drain: (deadlineMs, comesBack) => provider.drain(deadlineMs, comesBack),
    };
  });
}

/** The prices that the owner set in `[node]` and `[node.prices]`. */
function askedPrices({ get }: Config): AskedPrices {
  const all = get("node.price_units");
  return {
    all: all === null ? null : String(all),
    bySkill: Object.fromEntries(
      Object.entries(get("node.prices")).map(([name, price]) => [name, String(price)]),
    ),
  };
}
