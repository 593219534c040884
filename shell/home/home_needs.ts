/**
 * What a command needs from a home, and which running processes do not fit.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { CommandError } from "../errors.ts";
import type { ConnectionNeeds, HomeConnection } from "./home_connection.ts";
import { checkSameNetwork } from "./same_network.ts";

/** What a command needs from a home. */
export interface HomeNeeds extends Partial<ConnectionNeeds> {
  /** The command buys jobs. A home with a running provider is refused, because it receives no answers. */
  readonly buys?: boolean;
  /** Refuses a process that runs on another network than the configuration's. */
  readonly sameNetwork?: boolean;
  /** Refuses a process that uses another relay. */
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
