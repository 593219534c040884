import assert from "node:assert/strict";
import type { RpcServer } from "../../base/ports/rpc.ts";
import { defineService } from "../../base/service.ts";
import { moveClients, type ServiceAtWork } from "../../runtime/idle_service.ts";

const definition = defineService({
  name: "stays",
  methods: [],
  permissions: () => ({}),
  start: () => Promise.resolve({}),
  mayRest: () => false,
});

/** A service with one client that has so many calls in progress. */
function at(waiting: number): ServiceAtWork {
  const server = { waiting, taken: 0, move: () => undefined } as unknown as RpcServer;
  return { definition, implementation: {}, clients: new Map([[1, server]]) };
}

Deno.test("moveClients() asks the service whether it may rest, unless it must end anyway, and never during a call", () => {
  const move = (waiting: number, anyway?: true) => {
    const service = at(waiting);
    const { port1, port2 } = new MessageChannel();
    const moved = moveClients(service, [{ client: 1, port: port1 }], anyway);
    [port1, port2].forEach((port) => port.close());
    return [moved, service.clients.size];
  };
  assert.deepEqual(move(0), [false, 1]);
  assert.deepEqual(move(0, true), [true, 0]);
  assert.deepEqual(move(1, true), [false, 1]);
});
