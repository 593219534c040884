/**
 * Gives channel commands the home's channel manager, and explains its refusals to the user.
 *
 * @module
 */
import { ChannelError } from "../../money/claims/channel_manager.ts";
import type { Config } from "../../config/config.ts";
import type { ChannelView } from "../../money/claims/channel_manager.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, UsageError } from "../../shell/errors.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { type HomeClient, openHomeClient } from "../../shell/home/home_client.ts";

/** Runs `use` with a home that has channels. Throws CommandError. */
export async function withChannelManager<T>(
  invocation: Pick<Invocation, "globals" | "io" | "output" | "signal">,
  config: Config,
  use: (home: HomeClient) => Promise<T>,
): Promise<T> {
  const { profile } = config;
  if (profile.chain.rpcUrls.length === 0) {
    throw new CommandError(
      "no_chain",
      `network ${profile.name} has no chain to keep channels on`,
      "name its chain under [networks.NAME.chain]: see docs/networks.md",
    );
  }
  await using home = await openHomeClient(invocation, config, { sameNetwork: true });
  try {
    return await use(home);
  } catch (error) {
    throw wordsFor(error, config);
  }
}

/** Finds the channel by its name, by its id on the chain, or by a unique prefix of one of them. */
export async function findChannel(
  home: Pick<HomeClient, "channel">,
  text: string,
): Promise<ChannelView> {
  const views = await home.channel({ op: "list" });
  const wanted = text.toLowerCase();
  const exact = views.filter(({ name, channelId }) => name === wanted || channelId === wanted);
  const found = exact.length > 0
    ? exact
    : views.filter(({ name, channelId }) =>
      name.startsWith(wanted) || channelId?.startsWith(wanted) === true
    );
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw new UsageError(
      `${text} may be any of ${found.map(({ name }) => name).join(", ")}`,
      "give more digits",
      "ambiguous",
    );
  }
  throw new CommandError(
    "channel_not_found",
    `there is no channel ${text.slice(0, 70)} in this home`,
    "'crosstown channel list' shows the known channels; 'crosstown channel recover' looks for lost ones",
  );
}

/** Suggestions for the channel manager's refusals. */
const SUGGESTIONS: Readonly<Record<string, string>> = {
  ceiling: "the limits are under [limits] in crosstown.toml: see 'crosstown config'",
  funds: "see 'crosstown wallet balance'; on a test network 'crosstown wallet faucet' may help",
  terms: "name the connector's settlement address: --peer 0x..., or [networks.NAME.peer] address",
  unknown: "'crosstown channel list' shows the known ones",
  state: "'crosstown channel show' shows its state and since when",
  chain: "run 'crosstown doctor' to see whether the chain answers",
  recovering: "run 'crosstown channel recover', with --consent if nobody can prove what was signed",
  unresolved:
    "try again later, after a process that pays has got the answers; --abandon gives the packets up",
  failed: "see 'crosstown logs'",
};

function wordsFor(error: unknown, { profile }: Config): unknown {
  if (!(error instanceof ChannelError)) return error;
  const { code, message } = error;
  const suggestion = /^Cannot settle: the channel is open$/.test(message)
    ? "close it first: 'crosstown channel close'"
    : code === "state" && profile.name === "dev" && /^Cannot settle/.test(message)
    ? "on the dev network, 'crosstown dev advance 1d' ends the grace period"
    : SUGGESTIONS[code] ?? "see 'crosstown logs'";
  return new CommandError(`channel_${code}`, message, suggestion, { cause: error });
}

/** Units that can still be spent through a channel. */
export function balanceOf({ payer }: ChannelView): bigint {
  return payer.depositUnits - payer.spentUnits;
}

/** The same balance as text for people. */
export function balanceText(view: ChannelView, asset: Asset): string {
  return formatUnits(balanceOf(view), asset);
}
