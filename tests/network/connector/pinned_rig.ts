/** A connector with pinned peers. */
import type { ConnectorClientOptions } from "../../../peers/connector/connector_client.ts";
import type { ConnectorOptions } from "../../../network/connector/connector_options.ts";
import { type Rig, rig } from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { until } from "../../until.ts";

export const MANAGER_NEVER = {
  ensure: () => Promise.reject(new Error("no")),
  refusesPackets: () => Promise.resolve(null),
};

/** The rig's peers, known only by their addresses. */
export async function pinnedRig(
  options: Partial<ConnectorOptions> = {},
  deps: Parameters<typeof rig>[3] = {},
): Promise<Rig> {
  const net = await rig({}, countingTerminal(), undefined, deps);
  await net.connector.close();
  const pin = (username: "buyer" | "provider") => ({
    username,
    token: `${username} token`,
    channelId: null,
    peerAddress: net[username].address,
    settlementAddress: net[username].address,
  });
  await net.start({ peers: [pin("buyer"), pin("provider")], ...options });
  return net;
}

/** A provider that proves and uses this channel. */
export function providing(
  net: Rig,
  channelId: string,
  terminal: ReturnType<typeof countingTerminal>,
  more: Partial<ConnectorClientOptions> = {},
) {
  return net.client({
    channel: { channelId, peerAddress: net.hub.address },
    receive: { terminal, ilpAddress: "test.hub.provider", minSettlementTimeoutS: 3_600 },
    ...more,
  }, net.provider);
}

export const proven = (net: Rig) =>
  until(() => net.connector.status().sessions.some((session) => session.proven));
