/**
 * The relay server as a service in a worker of its own: it may listen at its one address and use its one folder, nothing else.
 * Signatures are checked in another worker, which may do nothing at all.
 *
 * @module
 */
import { hostAndPort } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";
import type { RemoteVerifier } from "../../verifier/verifier_service.ts";
import type { RelayServer, RelayServerOptions, RelayServerStatus } from "./relay_server.ts";

/** What the host says; everything survives a structured clone. */
export interface RelayServiceOptions
  extends Omit<RelayServerOptions, "clock" | "log" | "file" | "verify"> {
  readonly hostname: string;
  /** 0 takes a free one; the address is then asked by `status`. */
  readonly port: number;
  /** An existing folder; the database lies in it as `relay.db`. */
  readonly folder: string;
}

/** The relay as others call it over a port. */
export interface RemoteRelayServer extends Pick<RelayServer, "check" | "write"> {
  status(): Promise<RelayServerStatus>;
}

/** Names the service for the host. */
export const definition = defineService<
  RelayServiceOptions,
  RelayServer,
  { readonly verifier: RemoteVerifier }
>({
  name: "relay",
  permissions: ({ hostname, port, folder }) => ({
    net: [hostAndPort(hostname, port)],
    read: [folder],
    write: [folder],
  }),
  methods: ["check", "write", "status"],
  services: ["verifier"],
  async start({ folder, ...options }, { verifier }, { clock, log }) {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
    const { startRelayServer } = await import("./relay_server.ts");
    const verify: RelayServerOptions["verify"] = (events) => verifier.verify(events);
    const file = `${folder}/relay.db`;
    return await startRelayServer({ ...options, file, verify, clock, log });
  },
  stop: (server) => server.close(),
});
