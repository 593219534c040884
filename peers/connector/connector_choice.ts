/**
 * Which connectors reach a destination, and in which order they are used (docs/connectors.md#which-connector-is-used). Without effects.
 *
 * @module
 */
import { isBelow } from "../../protocols/ilp/address.ts";
import { ilpError } from "../../protocols/ilp/errors.ts";
import type { PacketOutcome, Refused } from "../../money/claims/outcome.ts";

/** What the configuration says of a connector. */
export interface Reach {
  /** The ILP prefixes that it reaches. An empty list reaches every address. */
  readonly reaches: readonly string[];
  /** What a refusal costs there: nothing (`credit`), or the packet's amount. */
  readonly peerRule: "credit" | "strict";
}

/**
 * The connectors for a destination, the preferred one first: the longest prefix, then the order of the configuration. Only those with the
 * longest prefix name the destination. The others may have no route, so a strict one among them is left out: its refusal would cost the
 * amount.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectorsFor } from "./connector_choice.ts";
 *
 * const main = { name: "main", reaches: [], peerRule: "credit" } as const;
 * const east = { name: "east", reaches: ["g.east"], peerRule: "credit" } as const;
 * const names = (destination: string) =>
 *   connectorsFor(destination, [main, east]).map(({ name }) => name);
 * assert.deepEqual(names("g.east.bob"), ["east", "main"]);
 * assert.deepEqual(names("g.west.bob"), ["main"]);
 * ```
 */
export function connectorsFor<Connector extends Reach>(
  destination: string,
  connectors: readonly Connector[],
): readonly Connector[] {
  const matching = connectors
    .map((connector) => ({ connector, length: prefixLength(destination, connector.reaches) }))
    .filter(({ length }) => length >= 0)
    .toSorted((a, b) => b.length - a.length);
  const longest = matching[0]?.length;
  return matching
    .filter(({ connector, length }) => length === longest || connector.peerRule === "credit")
    .map(({ connector }) => connector);
}

/** The length of the longest matching prefix; -1 if none matches. */
function prefixLength(destination: string, reaches: readonly string[]): number {
  if (reaches.length === 0) return 0;
  return Math.max(
    -1,
    ...reaches.filter((prefix) => isBelow(destination, prefix)).map(({ length }) => length),
  );
}

/** Refusals of our own side that concern one connector and its channel. Nothing was signed. */
const OF_ITS_CHANNEL: ReadonlySet<string> = new Set([
  ...["insufficient_balance", "deposit_exhausted", "channel_closed", "halted", "queue_full"],
  ...["max_forfeit", "recovering", "state", "funds", "chain", "terms", "unknown", "failed"],
  "channel",
]);

/**
 * Whether another connector may succeed after this refusal. The packet is closed for good: it was never signed, or its peer refused it. A
 * refusal of the destination itself (F99, T99), of the amount or of the time (R00) is the same on every way.
 */
export function isOfTheWay(outcome: PacketOutcome): outcome is Refused {
  if (outcome.state !== "refused") return false;
  const { code, local, ofClaim } = outcome;
  if (local) return OF_ITS_CHANNEL.has(code);
  return ofClaim === true || code === "F02" ||
    ilpError(code).class === "temporary" && code !== "T99";
}

/** Of several refusals the one to show: a temporary one, because its payment may succeed later, or else the first. */
export function refusalToShow(refusals: readonly Refused[]): Refused {
  return refusals.find(({ code }) => code !== "F02") ?? refusals[0];
}
