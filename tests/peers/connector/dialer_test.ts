import assert from "node:assert/strict";
import { WebSocketServer } from "ws";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { Timers } from "../../../base/timers.ts";
import { systemTimers } from "../../../base/timers.ts";
import { Dialer, type LineStatus } from "../../../peers/connector/dialer.ts";

const FIRST_MS = 1_050;

/** A clock that the test moves. Pauses between dials are recorded and end at once; other timers are real. */
class Pauses implements Timers {
  nowMs = 0;
  readonly noted: number[] = [];
  /** After how many no further one ends. */
  constructor(readonly most: number, readonly full: () => void) {}
  now = () => this.nowMs;
  after(ms: number, task: () => void): () => void {
    // With this test's random value each pause is 5 % longer, unlike all timers of a session.
    if (ms % FIRST_MS !== 0) return systemTimers.after(ms, task);
    this.noted.push(ms);
    if (this.noted.length >= this.most) {
      this.full();
      return () => {};
    }
    queueMicrotask(task);
    return () => {};
  }
}

/** A connector that does `then` with each session that signed in. */
async function server(then: (close: (code: number) => void, nth: number) => void) {
  const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => sockets.once("listening", resolve));
  let sessions = 0;
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data) => {
      const { requestId } = wire.decodeFrame(new Uint8Array(data as Uint8Array));
      socket.send(wire.encodeFrame({ type: "response", requestId, protocolData: [] }), () => {
        then((code) => socket.close(code), ++sessions);
      });
    });
  });
  return {
    url: `btp+ws://127.0.0.1:${(sockets.address() as { port: number }).port}`,
    get sessions() {
      return sessions;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
    },
  };
}

/** Dials until so many pauses were made. */
async function dial(
  url: string,
  most: number,
  onSession: (timers: Pauses) => void = () => {},
): Promise<{ readonly pauses: readonly number[]; readonly states: readonly string[] }> {
  const full = Promise.withResolvers<void>();
  const timers = new Pauses(most, full.resolve);
  const states: string[] = [];
  const dialer = new Dialer({
    url,
    auth: { username: "us", token: "secret" },
    wire,
    timers,
    random: () => 0.75,
    log: () => {},
    onSession: () => onSession(timers),
    onEnd: () => {},
    onMessage: () => Promise.resolve(null),
    onStatus: ({ state }: LineStatus) => states.push(state),
  });
  await full.promise;
  dialer.close();
  return { pauses: timers.noted, states };
}

Deno.test("dialer() tries a connector that is down after 1 s, then less and less often, up to every 30 s", async () => {
  const { url } = await (async () => {
    await using gone = await server(() => {});
    return { url: gone.url };
  })();
  const { pauses, states } = await dial(url, 7);
  assert.deepEqual(pauses, [1_050, 2_100, 4_200, 8_400, 16_800, 31_500, 31_500]);
  assert.deepEqual(states, ["offline", "closed"]);
});

Deno.test("dialer() tries a connector that accepts and disconnects as rarely as one that is down", async () => {
  await using net = await server((close) => close(1001));
  const { pauses } = await dial(net.url, 4);
  assert.deepEqual(pauses, [1_050, 2_100, 4_200, 8_400]);
  assert.equal(net.sessions, 4);
});

Deno.test("dialer() begins with short pauses again after a session that lasted", async () => {
  await using net = await server((close) => close(1001));
  let sessions = 0;
  const { pauses } = await dial(net.url, 5, (timers) => {
    if (++sessions === 3) timers.nowMs += 10_000;
  });
  assert.deepEqual(pauses, [1_050, 2_100, 1_050, 2_100, 4_200]);
});
