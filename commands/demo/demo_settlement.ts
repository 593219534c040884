/**
 * The demo's money on the chain: the deposit before the job, the settlement of both channels after it, and the balances that the chain
 * reports.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { devLayout } from "../../network/dev/layout.ts";
import type { ChannelView } from "../../money/claims/channel_manager.ts";
import type { Config } from "../../config/config.ts";
import { homePaths } from "../../config/paths.ts";
import type { HomeApi } from "../../home/client/home_api.ts";
import { type ControlClient, controlClient } from "../../home/control/control_client.ts";
import { remoteHome } from "../../home/control/remote_home.ts";
import { formatUnits, M2M } from "../../protocols/ilp/asset.ts";
import { balancesDocument } from "../network/dev_up.ts";
import type { DemoSteps } from "./demo_steps.ts";
import { CommandError } from "../../shell/errors.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";

/** The balance of each party on the chain. */
type ChainBalances = ReturnType<typeof balancesDocument>;

/** The outcome of the settlement. */
interface Settlement {
  readonly channels: readonly {
    readonly party: string;
    readonly channel_id: string;
    readonly deposit_units: bigint;
    readonly signed_units: bigint;
    /** What the other side claimed of this channel on the chain. */
    readonly claimed_units: bigint;
    readonly nonce: number;
  }[];
  /** The current balances on the chain, and those at the start of the network. */
  readonly balances: ChainBalances;
  /** True if every token is accounted for and no channel holds any. */
  readonly adds_up: boolean;
}

const DAY_S = 86_400;
const PATIENCE_MS = 30_000;
const POLL_MS = 100;

/** Opens the buyer's channel, as the first payment would do automatically. */
export async function openForDemo(
  home: ConfiguredHome,
  config: Config,
  steps: DemoSteps,
): Promise<void> {
  const { peer, connectorBtp } = config.profile;
  const { name, payer } = await home.manager!.ensure(
    { name: connectorBtp ?? "connector", address: peer!.address },
    1n,
  );
  steps.add(
    "deposit",
    `channel ${name} opened on the chain, ${formatUnits(payer.depositUnits, M2M)} deposited`,
  );
}

/** Closes the buyer's and the provider's channel, lets the other sides claim, moves the clock past the grace period, and settles. */
export async function settleForDemo(
  buyer: HomeApi,
  config: Config,
  steps: DemoSteps,
  signal: AbortSignal,
): Promise<Settlement> {
  const provider = await controlClient(
    homePaths(devLayout(config.paths.home).providerHome, "mayor-001").controlSocket,
  );
  const call = { signal, progress: () => undefined };
  const sides = [
    { party: "buyer", home: buyer },
    { party: "provider", home: remoteHome(provider) },
  ].map((side) => ({ ...side, ask: () => side.home.channel({ op: "list" }, call) }));
  try {
    for (const { party, home, ask } of sides) {
      const [{ name }] = await ask();
      await home.channel({ op: "close", channel: name }, call);
      steps.add("close", `${party} closed ${name}; the other side claims within the grace period`);
    }
    const claimed = await Promise.all(
      sides.map(({ party, ask }) =>
        until(
          `the claims on the ${party}'s channel`,
          ask,
          ({ payer }) => payer.claimedUnits === payer.signedUnits,
        )
      ),
    );
    for (const [at, { payer, name }] of claimed.entries()) {
      steps.add(
        "claim",
        `${formatUnits(payer.claimedUnits, M2M)} of the ${
          sides[at].party
        }'s deposit claimed from ${name}`,
      );
    }
    await askNetwork(config, (client) => client.call("advance", { seconds: DAY_S + 1 }));
    steps.add("grace", "the chain's clock moved on by a day");
    for (const [at, { home }] of sides.entries()) {
      await home.channel({ op: "settle", channel: claimed[at].name }, call).catch(notYet);
    }
    const settled = await Promise.all(
      sides.map(({ party, ask }) =>
        until(`the ${party}'s settlement`, ask, ({ status }) => status === "settled")
      ),
    );
    const after = balancesDocument(await askNetwork(config, (client) => client.call("balances")));
    const sum = after.parties.reduce((total, { units }) => total + units, 0n);
    const addsUp = after.in_channels_units === 0n && sum === after.minted_units;
    steps.add(
      "settled",
      addsUp
        ? "both sides have what is theirs; every token is accounted for"
        : "the balances do not add up",
    );
    return {
      channels: settled.map(({ name, payer }, at) => ({
        party: sides[at].party,
        channel_id: name,
        deposit_units: payer.depositUnits,
        signed_units: claimed[at].payer.signedUnits,
        claimed_units: claimed[at].payer.claimedUnits,
        nonce: payer.nonce,
      })),
      balances: after,
      adds_up: addsUp,
    };
  } finally {
    provider.close();
  }
}

/** For people. */
export function settlementText({ balances, adds_up }: Settlement): string {
  const lines = balances.parties.map(({ party, units, granted_units }) => {
    const change = units - granted_units;
    return `  ${party.padEnd(10)} ${formatUnits(units, M2M).padStart(16)}  ${
      change > 0n ? "+" : ""
    }${formatUnits(change, M2M)}`;
  });
  return [
    "On chain, after both channels were settled:",
    ...lines,
    `  ${"minted".padEnd(10)} ${formatUnits(balances.minted_units, M2M).padStart(16)}  ${
      adds_up ? "adds up to the unit" : "DOES NOT ADD UP"
    }`,
  ].join("\n");
}

/** Waits for the state of a home's only channel, while the channel watches of the others work. */
async function until(
  what: string,
  ask: () => Promise<readonly ChannelView[]>,
  there: (view: ChannelView) => boolean,
): Promise<ChannelView> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const [view] = await ask();
    if (view !== undefined && there(view)) return view;
    if (Date.now() > untilMs) {
      throw new CommandError(
        "not_settled",
        `timed out while waiting for ${what}`,
        "see 'crosstown logs'",
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Ignores the refusal that the channel watch has settled already. */
function notYet(error: unknown): void {
  if (codeOf(error) !== "state") throw error;
}

async function askNetwork<T>(
  { paths }: Config,
  ask: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const client = await controlClient(devLayout(paths.home).controlSocket);
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}
