/**
 * The blob server's part of `crosstown doctor`.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import { probe } from "../network/probe.ts";
import { type Check, good, peerSuggestion, warn } from "./check.ts";

/** Asks the network's blob server for a blob. A network without a blob server passes. */
export async function blobCheck(
  config: Config,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Check> {
  const { blobs, asset } = config.profile;
  if (blobs === undefined) {
    return good("blobs", "this network has no blob server: inputs and results must fit an event");
  }
  const { ok, reason, elapsedMs } = await probe(
    { what: "blobs", url: blobs.url, timeoutMs },
    signal,
  );
  if (!ok) return warn("blobs", `${blobs.url}: ${reason ?? "no answer"}`, peerSuggestion(config));
  const price = blobs.unitsPerMib === 0n
    ? "free"
    : `${formatUnits(blobs.unitsPerMib, asset)} a MiB`;
  return good("blobs", `${blobs.url} answers in ${elapsedMs} ms; storage is ${price}`);
}
