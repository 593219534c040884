/**
 * The demo's balances as the connector and the provider each report them.
 *
 * @module
 */
import { hostOfUrl } from "../../base/urls.ts";
import type { Config } from "../../config/config.ts";
import type { ConfiguredHome } from "../../shell/home/open_home.ts";
import { daemonOf } from "../../shell/home/daemon_of.ts";
import { homePaths } from "../../config/paths.ts";
import { devLayout } from "../../network/dev/layout.ts";

export interface Balances {
  /** The connector's figures for the buyer's account. */
  readonly buyer: {
    readonly credited_units: bigint;
    readonly spent_units: bigint;
    readonly held_units: bigint;
  } | null;
  /** The provider's figures. */
  readonly provider: { readonly earned_units: string; readonly spent_units: string } | null;
}

export async function askBalances(home: ConfiguredHome, config: Config): Promise<Balances> {
  const { connectorBtp, connectorAuth, wire } = config.profile;
  const [channel] = await home.manager?.list() ?? [];
  const account = connectorBtp === null ? null : await home.supervisor.service("account", {
    channelId: channel?.channelId ?? null,
    url: connectorBtp,
    auth: connectorAuth,
    wire,
    host: hostOfUrl(connectorBtp),
  });
  const figures = await account?.client().figures() ?? null;
  const provider = await daemonOf(
    homePaths(devLayout(config.paths.home).providerHome, "mayor-001").controlSocket,
  );
  const told = await provider?.call("status") as {
    totals: { earnedUnits: string; spentUnits: string };
  } | undefined;
  provider?.close();
  return {
    buyer: figures &&
      { credited_units: figures.credited, spent_units: figures.spent, held_units: figures.held },
    provider: told
      ? { earned_units: told.totals.earnedUnits, spent_units: told.totals.spentUnits }
      : null,
  };
}
