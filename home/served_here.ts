/**
 * A service on this thread, in the form in which the supervisor gives services to workers. It is for services that only pass calls on, such
 * as those that start a worker for the hosts of one call.
 *
 * @module
 */
import { rpcClient, serveRpc } from "../base/ports/rpc.ts";
import type { ServiceHandle } from "../runtime/hosted_service.ts";

/** Serves the methods until it is stopped or disposed. `stop` is called by the handle's own `stop`. */
export function servedHere<Service extends object>(
  name: string,
  implementation: Service,
  methods: readonly (keyof Service & string)[],
  stop: () => Promise<void> = () => Promise.resolve(),
): ServiceHandle<Service> & Disposable {
  const ends = new Set<() => void>();
  const connect = () => {
    const { port1, port2 } = new MessageChannel();
    const server = serveRpc(port1, implementation, { methods });
    const close = () => {
      ends.delete(close);
      server.close();
    };
    ends.add(close);
    return { port: port2, methods, close };
  };
  const dispose = () => {
    for (const end of [...ends]) end();
  };
  return {
    name,
    connect,
    client: () => rpcClient<Service>(connect().port, methods),
    async stop() {
      dispose();
      await stop();
    },
    [Symbol.dispose]: dispose,
  };
}
