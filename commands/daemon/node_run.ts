/**
 * `crosstown node run`: the provider's process.
 *
 * @module
 */
import { SANDBOX_CHOICES } from "../../base/sandbox_choice.ts";
import type { Config } from "../../config/config.ts";
import type { AskedPrices, OwnerSettings } from "../../skills/catalog/owner_settings.ts";
import { homePaths } from "../../config/paths.ts";
import { type ProviderOptions, startProvider } from "../../home/provider.ts";
import { sandboxTier } from "../../skills/sandbox/tier.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { startShare } from "./daemon_blobs.ts";
import { refuseOwnNetwork } from "./dev_join.ts";
import { isOwnNetwork } from "../../shell/own_network.ts";
import { lightningOptions } from "../../shell/home/lightning_options.ts";
import { ownPlatform, skillMachine } from "../../shell/platform.ts";
import { VERSION } from "../../shell/version.ts";
import { asOwnersFault } from "./owners_fault.ts";
import { runDaemon } from "./run_daemon.ts";

/** Runs the provider until it is stopped. */
export async function nodeRun(invocation: Invocation): Promise<number> {
  return await asOwnersFault(() => run(invocation));
}

async function run(invocation: Invocation): Promise<number> {
  const { io, options, output } = invocation;
  const config = await configOf(invocation);
  if (config.profile.name === "dev") await refuseOwnNetwork(config.paths);
  const platform = ownPlatform();
  const lightning = lightningPrice(config);
  return await runDaemon(invocation, config, "node", async (home) => {
    const { jobs, ...owner } = ownerSettings(options, config);
    const ownNetwork = isOwnNetwork(config, options.on("ownNetwork"));
    const founder = ownNetwork ? options.text("skillsOf") : undefined;
    const share = await startShare(home, config);
    const provider = await startProvider(home, {
      ...owner,
      concurrency: jobs,
      share,
      ownNetwork,
      ...founder !== undefined && { founder: homePaths(founder, config.mayor) },
      ...skillMachine(io.env, config),
      ...ownNetwork && sandboxFrom(options),
      lightning,
      heartbeatS: config.get("node.heartbeat_s"),
      byTag: config.get("node.by_tag"),
      version: VERSION,
      limitBytes: config.profile.write === "nostr"
        ? config.get("limits.event_bytes")
        : config.get("limits.prepare_data_bytes"),
    });
    const { connectorBtp, ilpAddress } = config.profile;
    const payable = connectorBtp !== null && ilpAddress !== undefined || lightning !== null;
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
        ...share !== null && { blob_url: share.url },
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
      useConnectors: () => provider.useConnectors(),
      configure: (now) => provider.configure(ownerSettings(options, now)),
      ended: provider.ended,
      drain: (deadlineMs, how) => provider.drain(deadlineMs, how),
    };
  });
}

/** The sandbox that the home of the dev network chose, if it says one. */
function sandboxFrom(
  options: Pick<Invocation["options"], "text">,
): Pick<ProviderOptions, "sandbox"> {
  const sandbox = SANDBOX_CHOICES.find((each) => each === options.text("sandbox"));
  return sandbox === undefined ? {} : { sandbox };
}

/** The settings of the flags and the configuration that may change while the provider runs. */
function ownerSettings(
  options: Pick<Invocation["options"], "integer" | "list" | "text">,
  config: Config,
): OwnerSettings {
  return {
    jobs: options.integer("jobs", { min: 1, max: 1_024 }) ?? config.get("node.jobs"),
    tags: [...config.get("node.tags"), ...options.list("tag")],
    allowBuyers: [...config.get("node.allow_buyers"), ...options.list("allowBuyer")],
    name: config.get("node.name") ?? options.text("name") ?? `crosstown ${config.mayor}`,
    asked: askedPrices(config),
  };
}

/** The wallet and the price of a provider that takes Lightning. Throws CommandError if it cannot. */
function lightningPrice(config: Config): ProviderOptions["lightning"] {
  const msats = config.get("node.lightning_msats");
  if (msats === null) return null;
  const wallet = lightningOptions(config);
  if (wallet === null) {
    throw new CommandError(
      "no_lightning_wallet",
      "lightning_msats under [node] needs a wallet that makes invoices",
      "name one with wallet_file and relay under [lightning]",
    );
  }
  if (config.profile.write !== "nostr") {
    throw new CommandError(
      "no_lightning_here",
      `providers take Lightning only on networks with free writes, and a write on ${config.profile.name} is paid`,
      "leave lightning_msats under [node] out",
    );
  }
  return { wallet, msats };
}

/** The prices and payment modes that the owner set in `[node]`, `[node.prices]` and `[node.payment_modes]`. */
function askedPrices({ get }: Config): AskedPrices {
  const all = get("node.price_units");
  return {
    all: all === null ? null : String(all),
    bySkill: Object.fromEntries(
      Object.entries(get("node.prices")).map(([name, price]) => [name, String(price)]),
    ),
    modes: get("node.payment_modes"),
  };
}
