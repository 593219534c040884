/**
 * Whether a connector can be used now: connected, and not silent about a packet.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";
import type { ConnectorClient } from "./client_options.ts";

/** `ready`: use it. `dialing`: it is dialed for the first time. `silent`: connected, without an answer to a packet. `away`: offline or refused. */
type LineNow = "ready" | "dialing" | "silent" | "away";

/** A connector that leaves a packet without an answer for this long gets no new payments if another connector reaches the destination. */
const SILENT_MS = 20_000;
/** After this time a packet no longer counts: it has expired long before. */
const FORGIVEN_MS = 600_000;

/** The state of the client's line now. */
export async function lineNow(
  client: Pick<ConnectorClient, "status">,
  timers: Pick<Timers, "now">,
): Promise<LineNow> {
  const { line, payer } = await client.status();
  if (line.state === "connecting") return "dialing";
  if (line.state !== "connected") return "away";
  const nowMs = timers.now();
  const silent = payer?.unansweredSinceMs.some((sinceMs) =>
    nowMs - sinceMs >= SILENT_MS && nowMs - sinceMs < FORGIVEN_MS
  );
  return silent ? "silent" : "ready";
}
