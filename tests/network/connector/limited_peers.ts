import type { Rig } from "./rig.ts";

/** The settings of both peers, with other limits for some of them. */
export const peersOf = (net: Rig, more: Record<string, object>) =>
  (["buyer", "provider"] as const).map((username) => ({
    username,
    token: `${username} token`,
    channelId: net.channels[username].channelId,
    peerAddress: net[username].address,
    ...more[username],
  }));
