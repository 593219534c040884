/**
 * Services that are made inside a stage's own worker, under the stage's permissions: sessions that hold a socket, skill hosts.
 *
 * @module
 */
import type { LocalServiceFactory } from "./service.ts";

/** Name → the factory of the service. Each import is literal, as in the stage table. */
export const LOCAL_SERVICES: Readonly<Record<string, () => Promise<LocalServiceFactory>>> = {
  relay: async () => (await import("./local/relay.ts")).default,
  connector: async () => (await import("./local/connector.ts")).default,
  judge: async () => (await import("./local/judge.ts")).default,
  skills: async () => (await import("./local/skills.ts")).default,
  intake: async () => (await import("./local/intake.ts")).default,
};
