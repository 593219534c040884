/**
 * Limits the connections of the embedded network's servers by the number of files that their process may open. A process that reaches that
 * number accepts no more connections, so the servers stay below it.
 *
 * @module
 */
import { RELAY_SERVER_LIMITS, type RelayServerLimits } from "../relay/limits.ts";

/** Files for workers, databases, pipes of providers and outgoing connections. */
const RESERVED_FILES = 512;
const MAX_CONNECTOR_PENDING = 256;

/** The limits of the two servers of one process. */
export interface ConnectionBudget {
  readonly relay: Pick<
    RelayServerLimits,
    "maxConnections" | "maxConnectionsPerAddress" | "maxPending" | "maxPendingPerAddress"
  >;
  readonly connector: { readonly maxPending: number; readonly maxPendingPerAddress: number };
}

/**
 * Divides the files that are left of `openFiles`: five eighths for the relay's clients, one eighth for its pending connections, one eighth
 * for the connector's pending connections, and the rest for the connector's sessions.
 */
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

/** How many files this process may open, asked from a child process, which inherits the limit. Infinity if there is no limit. */
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
