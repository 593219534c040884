/**
 * Network faults between two processes. A frame of BTP may be lost, late, doubled, out of order; a connection may be cut. A packet may be
 * held until the packet after it has passed, so that its claim is refused: chance alone seldom brings this about.
 * A relay's messages arrive in order over one connection or not at all, as a client may expect of it: late, doubled, cut.
 *
 * A cut forgets what is on its way in both directions.
 */
import { setTimeout as later } from "node:timers";
import WebSocket, { WebSocketServer } from "ws";

/** How likely each is for one frame, in thousandths. */
export interface Weather {
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  readonly cut: number;
  /** A packet with a claim is overtaken by the next one of its direction. */
  readonly overtaken: number;
  /** At most so late; frames of BTP overtake each other then. */
  readonly lateMs: number;
}

export const CALM: Weather = { lost: 0, doubled: 0, late: 0, cut: 0, overtaken: 0, lateMs: 0 };

/** A packet that is held until the next one has passed. */
interface Held {
  readonly nonce: string;
  readonly send: () => void;
}

/** Where frames pass. */
export interface Line extends AsyncDisposable {
  /** From now on. */
  weather: Weather;
}

/** Listens at one port and forwards to another. `ordered` frames never overtake each other, and are lost only by a cut. */
export async function startLine(
  fromPort: number,
  toPort: number,
  ordered: boolean,
  random: (below: number) => number,
): Promise<Line> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: fromPort,
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const line: Line = {
    weather: CALM,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  server.on("connection", (near, request) => {
    const far = new WebSocket(`ws://127.0.0.1:${toPort}${request.url ?? "/"}`, {
      perMessageDeflate: false,
    });
    const cut = () => {
      near.terminate();
      far.terminate();
    };
    for (const socket of [near, far]) {
      socket.on("error", () => {});
      socket.on("close", cut);
    }
    const opened = new Promise<void>((resolve) => far.once("open", () => resolve()));
    const pass = (to: WebSocket) => {
      let last: Promise<unknown> = Promise.resolve();
      let held: Held | null = null;
      return (data: WebSocket.RawData, isBinary: boolean) => {
        const { lost, doubled, late, cut: broken, lateMs, overtaken } = line.weather;
        const falls = (thousandths: number) => random(1_000) < thousandths;
        if (falls(broken)) return cut();
        if (falls(lost)) return ordered ? cut() : undefined;
        const nonce = ordered ? null : claimNonce(data);
        // A held packet is sent again after a pause, and must not arrive by that; in calm weather it may.
        if (held !== null && nonce === held.nonce && overtaken > 0) return;
        const before = nonce === null ? null : held;
        if (nonce !== null) held = null;
        if (nonce !== null && before === null && falls(overtaken)) {
          held = {
            nonce,
            send: () => to.readyState === to.OPEN && to.send(data, { binary: isBinary }),
          };
          return;
        }
        const waitMs = falls(late) ? random(lateMs + 1) : 0;
        const waited = Promise.all([
          opened,
          ordered ? last : null,
          waitMs === 0 ? null : new Promise((resolve) => later(resolve, waitMs)),
        ]);
        const times = falls(doubled) ? 2 : 1;
        last = waited.then(() => {
          for (let at = 0; at < times; at++) {
            if (to.readyState === to.OPEN) to.send(data, { binary: isBinary });
          }
          before?.send();
        });
      };
    };
    near.on("message", pass(far));
    far.on("message", pass(near));
  });
  return line;
}

/** The nonce of the claim in a frame; null if it has none. An answer that states a nonce or repeats a claim is no packet. */
function claimNonce(data: WebSocket.RawData): string | null {
  const text = new TextDecoder("latin1").decode(data as Uint8Array);
  return text.includes(`,"transferredAmount":`) ? /"nonce":(\d+)/.exec(text)?.[1] ?? null : null;
}
