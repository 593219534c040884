/**
 * How many connections the embedded network's servers take, by the files that their one process may have open. A process that reaches
 * that number accepts nobody any more, so the servers stay below it.
 *
 * @module
 */
import { RELAY_SERVER_LIMITS, type RelayServerLimits } from "../relay/limits.ts";

/** Of workers, databases, pipes of providers and outgoing connections. */
const RESERVED_FILES = 512;
const MAX_CONNECTOR_PENDING = 256;

/** What the two servers of one process take. */
export interface ConnectionBudget {
  readonly relay: Pick<
    RelayServerLimits,
    "maxConnections" | "maxConnectionsPerAddress" | "maxPending" | "maxPendingPerAddress"
  >;
  readonly connector: { readonly maxPending: number; readonly maxPendingPerAddress: number };
}

/** Shares out what is left of `openFiles`: five eighths for the relay's clients, and the rest for who has not signed in and for peers. */
export function connectionBudget(openFiles: number): ConnectionBudget {
  const eighth = Math.max(8, Math.floor((openFiles - RESERVED_FILES) / 8));
  const { maxConnections, maxConnectionsPerAddress, maxPending } = RELAY_SERVER_LIMITS;
  const [clients, pending, pendingPeers] = [
    Math.min(maxConnections, 5 * eighth),
    Math.min(maxPending, eighth),
    Math.min(MAX_CONNECTOR_PENDING, eighth),
  ];
  return {
    relay: {
      maxConnections: clients,
      maxConnectionsPerAddress: Math.min(maxConnectionsPerAddress, clients),
      maxPending: pending,
      maxPendingPerAddress: pending >> 1,
    },
    connector: { maxPending: pendingPeers, maxPendingPerAddress: pendingPeers >> 1 },
  };
}

/** How many files this process may have open: a child inherits the limit. Infinity where there is none. */
export async function openFileLimit(): Promise<number> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", "ulimit -n"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout).trim();
  return /^\d+$/.test(text) ? Number(text) : Infinity;
}
