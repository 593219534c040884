/**
 * A command works through the process that is at work on the home only where both mean the same network.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { CommandError } from "../shell/errors.ts";

/** What the process at work says of itself. */
export interface AtWork {
  /** `mayor`, `node`, or `command` for one that ends soon. */
  readonly role: string;
  readonly network: string;
  /** Where it reads and writes events; a process of an older version does not say. */
  readonly relay_url?: string;
}

/**
 * Refuses another network, or another relay of the same one.
 *
 * @throws {CommandError} `other_network` or `other_relay`, with what is down and what to do
 */
export function checkSameNetwork(
  { role, network, relay_url }: AtWork,
  { profile, profiles, explain }: Pick<Config, "profile" | "profiles" | "explain">,
): void {
  const who = role === "command" ? "another command" : `the ${role}`;
  const stop = role === "command" ? "wait until it ends" : `stop it with 'crosstown ${role} down'`;
  if (network !== profile.name) {
    if (network === "dev" && !profiles.has("dev")) {
      throw new CommandError(
        "other_network",
        `the dev network of this home is down, and ${who} still works on it`,
        `${stop}; to go on with dev, 'crosstown dev up --detach' starts it anew`,
      );
    }
    const flagged = explain().some(({ key, source }) =>
      key === "network" && source.startsWith("--")
    );
    throw new CommandError(
      "other_network",
      `${who} of this home works on ${network}, not on ${profile.name}`,
      `${flagged ? "leave --network out" : `add --network ${network}`}, or ${stop}`,
    );
  }
  if (relay_url === undefined || relay_url === profile.relayUrl) return;
  throw new CommandError(
    "other_relay",
    `${who} of this home works with ${relay_url}, not with ${profile.relayUrl}`,
    `${stop}, and start it again to use this relay`,
  );
}
