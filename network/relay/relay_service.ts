/**
 * The relay server as a service in its own worker. It may only listen at its one address and use its one folder. Another worker, without
 * any permission, checks signatures.
 *
 * @module
 */
import { hostAndPort } from "../../base/urls.ts";
import { defineService } from "../../base/service.ts";
import type { RemoteVerifier } from "../../verifier/verifier_service.ts";
import type { RelayServer, RelayServerOptions, RelayServerStatus } from "./relay_server.ts";

/** The options of the service. All values can be cloned (structured clone). */
export interface RelayServiceOptions
  extends Omit<RelayServerOptions, "clock" | "after" | "log" | "file" | "verify"> {
  readonly hostname: string;
  /** 0 chooses a free port; `status` returns the address. */
  readonly port: number;
  /** An existing folder. Its file `relay.db` is the database. */
  readonly folder: string;
}

/** The relay's interface over a port. */
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
    // Only the worker loads this module. The supervisor loads this file only to read the permissions.
    const [{ startRelayServer }, { verifyAt }] = await Promise.all([
      import("./relay_server.ts"),
      import("./verify_lane.ts"),
    ]);
    const verify = verifyAt(verifier);
    const file = `${folder}/relay.db`;
    return await startRelayServer({ ...options, file, verify, clock, log });
  },
  stop: (server) => server.close(),
});
