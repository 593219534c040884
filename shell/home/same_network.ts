/**
 * Checks that the process that serves the home uses the same network and relays as the command.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { CommandError } from "../errors.ts";

/** What the running process says of itself. */
export interface AtWork {
  /** `mayor`, `node`, or `command` for a one-off command. */
  readonly role: string;
  readonly network: string;
  /** The relay that it uses; a process of an older version does not say. */
  readonly relay_url?: string;
  /** That relay's key, if known. Each dev network has a new one. */
  readonly relay_pubkey?: string;
  /** The further relays that it reads; none if it reads no others. */
  readonly more_relays?: readonly { readonly relay_url: string }[];
  /** What a daemon last told of its connections; missing until it has told of its relays too. */
  readonly live?: unknown;
}

/**
 * The error for a process that uses a dev network of this home that is down; null if there is none. A message that it is offline would not
 * say that this network never comes back.
 */
export function goneDevNetwork(
  { role, network, relay_url, relay_pubkey }: AtWork,
  { profiles }: Pick<Config, "profiles">,
): CommandError | null {
  if (network !== "dev") return null;
  const who = role === "command" ? "another command" : `the ${role}`;
  const stop = role === "command" ? "wait until it ends" : `stop it with 'crosstown ${role} down'`;
  const now = profiles.get("dev");
  if (now === undefined) {
    return new CommandError(
      "other_network",
      `the dev network of this home is down, and ${who} still works on it`,
      `${stop}; to go on with dev, 'crosstown dev up --detach' starts it anew`,
    );
  }
  const same = relay_pubkey === undefined || now.relay === null ||
    relay_pubkey === now.relay.pubkey;
  if (same) return null;
  return new CommandError(
    "other_network",
    `${who} was started for an earlier dev network${
      relay_url === undefined ? "" : ` (${relay_url})`
    }, which is down; the one that is up is at ${now.relayUrl}`,
    role === "command" ? stop : `${stop}, then 'crosstown ${role} up --detach'`,
  );
}

/**
 * Refuses another network.
 *
 * @throws {CommandError} `other_network`, with a suggestion
 */
export function checkSameNetwork(
  atWork: AtWork,
  { profile, profiles, explain }: Pick<Config, "profile" | "profiles" | "explain">,
): void {
  const { role, network } = atWork;
  const gone = goneDevNetwork(atWork, { profiles });
  if (gone !== null) throw gone;
  const who = role === "command" ? "another command" : `the ${role}`;
  const stop = role === "command" ? "wait until it ends" : `stop it with 'crosstown ${role} down'`;
  if (network !== profile.name) {
    const flagged = explain().some(({ key, source }) =>
      key === "network" && source.startsWith("--")
    );
    throw new CommandError(
      "other_network",
      `${who} of this home works on ${network}, not on ${profile.name}`,
      `${flagged ? "leave --network out" : `add --network ${network}`}, or ${stop}`,
    );
  }
}

/**
 * Refuses another relay, and further relays that were given with the command and are not read. A daemon that has just started has not said
 * yet what it reads.
 *
 * @throws {CommandError} `other_relay`, with a suggestion
 */
export function checkSameRelays(
  { role, relay_url, more_relays = [], live }: AtWork,
  { profile, explain }: Pick<Config, "profile" | "explain">,
): void {
  const who = role === "command" ? "another command" : `the ${role}`;
  const stop = role === "command" ? "wait until it ends" : `stop it with 'crosstown ${role} down'`;
  if (relay_url !== undefined && relay_url !== profile.relayUrl) {
    throw new CommandError(
      "other_relay",
      `${who} of this home works with ${relay_url}, not with ${profile.relayUrl}`,
      `${stop}, and start it again to use this relay`,
    );
  }
  const isGiven = explain().some(({ key, source }) =>
    key === "more_relays" && source.startsWith("--")
  );
  if (!isGiven || role !== "command" && live === undefined) return;
  const read = [relay_url ?? profile.relayUrl, ...more_relays.map(({ relay_url }) => relay_url)];
  const isRead = new Set(read.map((url) => new URL(url).href));
  const unread = (profile.moreRelays ?? []).filter((url) => !isRead.has(new URL(url).href));
  if (unread.length === 0) return;
  throw new CommandError(
    "other_relay",
    `${who} of this home does not read ${unread.join(" and ")}`,
    `leave --more-relays out, or ${stop}`,
  );
}
