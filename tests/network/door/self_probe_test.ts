import assert from "node:assert/strict";
import {
  probeHost,
  probePort,
  ServerUnreachable,
  watchPorts,
} from "../../../network/door/self_probe.ts";
import { makeNetworkWorker, NETWORK_SERVICES } from "../../../network/workers/groups.ts";
import type { Fatal } from "../../../runtime/supervisor.ts";
import { createSupervisor } from "../../../home/workers/supervisor.ts";
import { systemTimers } from "../../../base/timers.ts";
import { ManualTimers } from "./manual_timers.ts";

/** The kernel completes the handshakes and the program accepts no connection, like a server that ran out of open files. */
function deafServer() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const target = { name: "relay", hostname: "127.0.0.1", port: listener.addr.port };
  return { target, [Symbol.dispose]: () => listener.close() };
}

Deno.test("probePort() counts any answer, and a closed connection, as a sign of life", async () => {
  for (const answer of ["HTTP/1.1 200 OK\r\n\r\n", ""]) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      using connection = await listener.accept();
      if (answer !== "") await connection.write(new TextEncoder().encode(answer));
    })();
    const target = { name: "relay", hostname: "0.0.0.0", port: listener.addr.port };
    assert.equal(await probePort(target, 5_000, new ManualTimers()), null);
    await serving;
    listener.close();
  }
});

Deno.test("probePort() reports a server as gone if it accepts no connection or does not listen", async () => {
  const timers = new ManualTimers();
  const deaf = deafServer();
  const looking = probePort(deaf.target, 5_000, timers);
  timers.advance(5_000);
  assert.equal(await looking, "no answer for 5000 ms");
  deaf[Symbol.dispose]();
  assert.match(await probePort(deaf.target, 5_000, timers) ?? "", /refused/i);
});

Deno.test("probeHost() reaches what listens everywhere by the loopback address", () => {
  assert.deepEqual(
    ["0.0.0.0", "::", "127.0.0.1", "192.0.2.1"].map(probeHost),
    ["127.0.0.1", "::1", "127.0.0.1", "192.0.2.1"],
  );
});

Deno.test("watchPorts() rejects after so many failures in a row, and logs each", async () => {
  using deaf = deafServer();
  const lines: unknown[] = [];
  const watching = watchPorts([deaf.target], { everyMs: 1, answerMs: 1, failures: 3 }, {
    timers: systemTimers,
    log: (_level, _message, { times }) => lines.push(times),
    signal: new AbortController().signal,
  });
  await assert.rejects(watching, ServerUnreachable);
  assert.deepEqual(lines, [1, 2, 3]);
});

Deno.test("a server that accepts no connection ends its process with 75, and the log says which server", async () => {
  using deaf = deafServer();
  const told = Promise.withResolvers<Fatal>();
  const supervisor = createSupervisor({
    deadMs: 120_000,
    log: () => {},
    onFatal: told.resolve,
    tables: { stages: {}, services: NETWORK_SERVICES },
    spawn: (name, permissions, units) =>
      makeNetworkWorker(units, { type: "module", name, deno: { permissions } }),
  });
  await supervisor.service("self-probe", { targets: [deaf.target], everyMs: 1, answerMs: 1 });
  const { exitCode, message } = await told.promise;
  assert.equal(exitCode, 75);
  assert.match(message, /^The service self-probe died: The relay does not answer at 127\.0\.0\.1:/);
  await supervisor.stop();
});
