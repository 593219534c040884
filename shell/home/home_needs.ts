/**
 * What a command opens a home for, and which process at work on it does not do for that.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { CommandError } from "../errors.ts";
import type { ConnectionNeeds, HomeConnection } from "./home_connection.ts";
import { checkSameNetwork } from "./same_network.ts";

/** What a command opens a home for. */
export interface HomeNeeds extends Partial<ConnectionNeeds> {
  /** Jobs are bought: refuses a home on which a provider is at work, since it takes no answers in. */
  readonly buys?: boolean;
  /** Refuses a process that is at work on another network than the configuration's. */
  readonly sameNetwork?: boolean;
  /** And one that reads and writes another relay. */
  readonly sameRelay?: boolean;
}

/** Throws `provider_home`, and what {@link checkSameNetwork} throws. */
export function checkServes(
  { here, about }: Pick<HomeConnection, "here" | "about">,
  { buys, sameNetwork, sameRelay }: HomeNeeds,
  config: Config,
): void {
  if (here) return;
  if (buys && about.role === "node") {
    throw new CommandError(
      "provider_home",
      "a provider is at work in this home",
      "buy with another --home and its own wallet",
    );
  }
  const { relay_url: _, ...place } = about;
  if (sameNetwork) checkSameNetwork(sameRelay ? about : place, config);
}
