/**
 * The table `[relays]` of `crosstown.toml`: which relay is used on which network instead of the profile's own. A line is set or taken
 * out; every other byte of the file stays as it is.
 *
 * @module
 */
import { ConfigError, nearest } from "../base/config_error.ts";
import { PROFILE_NAME } from "./profiles.ts";
import { parseToml, type TableReader } from "./table.ts";

const HEADER = /^\s*\[\s*relays\s*\]\s*(#.*)?$/;
const ANY_HEADER = /^\s*\[/;

/** The relays that a file names, by network; not checked as addresses yet. */
export function readRelays(
  table: TableReader | null,
  networks: readonly string[],
): ReadonlyMap<string, unknown> {
  const relays = new Map<string, unknown>();
  for (const name of table?.keys() ?? []) {
    if (name === "dev") {
      throw new ConfigError(
        "config_invalid",
        "relays.dev cannot be set: the dev network has its own relay",
        "take that line out",
        { key: "relays.dev" },
      );
    }
    if (!networks.includes(name)) {
      throw new ConfigError(
        "config_unknown_key",
        `relays.${name.slice(0, 64)} names no network profile`,
        nearest(name, networks),
        { key: `relays.${name}` },
      );
    }
    relays.set(name, table!.take(name));
  }
  return relays;
}

/**
 * The text with this relay for a network, or with none for it.
 *
 * @throws {ConfigError} where the table is written in a way that is not edited here, e.g. inline
 */
export function withRelay(text: string, network: string, relayUrl: string | null): string {
  if (!PROFILE_NAME.test(network)) {
    throw new RangeError(`network must be a profile's name (got ${network})`);
  }
  const changed = edited(text, network, relayUrl);
  const relays = parseToml(changed, "the changed file").relays as
    | Readonly<Record<string, unknown>>
    | undefined;
  if ((relays?.[network] ?? null) === relayUrl) return changed;
  throw new ConfigError(
    "config_invalid",
    `the relay of ${network} is written in a way that only you can change`,
    relayUrl === null
      ? `take ${network} out of relays by hand`
      : `write it by hand: a line [relays], and under it ${network} = ${JSON.stringify(relayUrl)}`,
  );
}

function edited(text: string, network: string, relayUrl: string | null): string {
  const lines = text === "" ? [] : text.split("\n");
  const wanted = relayUrl === null ? [] : [`${network} = ${JSON.stringify(relayUrl)}`];
  const header = lines.findIndex((line) => HEADER.test(line));
  if (header < 0) {
    if (relayUrl === null) return text;
    const gap = text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
    return `${text}${gap}[relays]\n${wanted[0]}\n`;
  }
  const next = lines.findIndex((line, index) => index > header && ANY_HEADER.test(line));
  const end = next < 0 ? lines.length : next;
  const own = new RegExp(`^\\s*(?:${network}|"${network}"|'${network}')\\s*=`);
  const at = lines.findIndex((line, index) => index > header && index < end && own.test(line));
  if (at >= 0) lines.splice(at, 1, ...wanted);
  else lines.splice(header + 1, 0, ...wanted);
  const rest = lines.slice(header + 1, at >= 0 && relayUrl === null ? end - 1 : end);
  if (relayUrl === null && rest.every((line) => line.trim() === "")) {
    // Nothing is left under the header; the empty line before it came with it.
    const from = header > 0 && lines[header - 1].trim() === "" ? header - 1 : header;
    lines.splice(from, header + 1 - from);
  }
  const result = lines.join("\n");
  return result === "" || result.endsWith("\n") ? result : `${result}\n`;
}
