/**
 * What a host must know of relaySource before it runs it. The stage itself is loaded only where it runs.
 *
 * @module
 */
import { hostOfUrl } from "../base/urls.ts";
import type { RelaySourceOptions, RelaySourceServices } from "./relay_source.ts";
import { defineStage } from "./stage.ts";

/** The stage for its host. It only needs the relays' addresses. */
export const definition = defineStage<RelaySourceOptions, RelaySourceServices>({
  name: "relay-source",
  role: "source",
  services: ["relay", "store", "offers"],
  permissions: ({ relayUrl, more = [] }) => ({
    net: [...new Set([relayUrl, ...more.map(({ url }) => url)].map(hostOfUrl))],
  }),
  async create(options, services, context) {
    // Loaded only in the worker. The supervisor reads this file just for the permissions.
    const { relaySource } = await import("./relay_source.ts");
    return relaySource(options, services, context);
  },
});
