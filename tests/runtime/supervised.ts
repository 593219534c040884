/** Supervisors over the test workers. */
import type { Supervisor, SupervisorOptions } from "../../runtime/supervisor.ts";
import { createSupervisor } from "../../runtime/supervisor.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import { serveRpc } from "../../base/ports/rpc.ts";
import { TEST_TABLES } from "./stages/tables.ts";

export function testSupervisor(options: Partial<SupervisorOptions> = {}): Supervisor {
  return createSupervisor({
    log: () => {},
    // A busy machine's workers may be silent for long.
    deadMs: 120_000,
    tables: TEST_TABLES,
    spawn: (name, permissions) =>
      new Worker(new URL("./stages/worker_entry.ts", import.meta.url), {
        type: "module",
        name,
        deno: { permissions },
      }),
    ...options,
  });
}

/** A supervisor whose workers are listed by name in the order of their start. */
export function listing(options: Partial<SupervisorOptions> = {}) {
  const names: string[] = [];
  const supervisor = testSupervisor({
    spawn: (name, permissions) => {
      names.push(name.replace(/#\d+$/, ""));
      return new Worker(new URL("./stages/worker_entry.ts", import.meta.url), {
        type: "module",
        name,
        deno: { permissions },
      });
    },
    ...options,
  });
  return { names, supervisor };
}

/** A service that lives in the test itself. */
export function localHandle(
  name: string,
  implementation: object,
  methods: string[],
): ServiceHandle {
  const servers: { close(): void }[] = [];
  const connect = () => {
    const { port1, port2 } = new MessageChannel();
    const server = serveRpc(port1, implementation, { methods });
    servers.push(server);
    return { port: port2, methods, close: () => server.close() };
  };
  return {
    name,
    connect,
    client() {
      throw new Error("not needed");
    },
    stop() {
      for (const server of servers) server.close();
      return Promise.resolve();
    },
  };
}
