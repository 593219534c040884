/**
 * What a command needs from a home, and which running processes do not fit.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { CommandError } from "../errors.ts";
import type { ConnectionNeeds, HomeConnection } from "./connected_home.ts";
import { checkSameNetwork, checkSameRelays } from "./same_network.ts";

/** What a command needs from a home. */
export interface HomeNeeds extends Partial<ConnectionNeeds> {
  /** The command buys jobs. A home with a running provider is refused, because it receives no answers. */
  readonly buys?: boolean;
  /** Refuses a process that runs on another network than the configuration's. */
  readonly sameNetwork?: boolean;
  /** Refuses a process that uses another relay, or does not read further relays that a flag names. */
  readonly sameRelay?: boolean;
}

/** Throws `provider_home`, and what {@link checkSameNetwork} and {@link checkSameRelays} throw. */
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
  if (sameNetwork) checkSameNetwork(about, config);
  if (sameRelay) checkSameRelays(about, config);
}
