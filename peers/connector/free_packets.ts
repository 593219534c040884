/**
 * Packets of amount 0 over a session with a connector that pays nothing and is used for nothing else.
 *
 * @module
 */
import { interledgerWire } from "../../protocols/wires/interledger/wire.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";
import type { BtpSession } from "./btp_session.ts";
import { Dialer } from "./dialer.ts";
import { sendProbe } from "./probe.ts";

/** What a packet carries. */
interface FreePacket {
  readonly destination: string;
  readonly data: Uint8Array;
  readonly condition: Uint8Array;
}

/** A session for such packets. */
interface FreePackets extends Disposable {
  /** Sends one as soon as there is a session, and gives the data of its answer. Rejects where none came, or nothing is in it. */
  send(packet: FreePacket, signal: AbortSignal): Promise<Uint8Array>;
}

/** Dials at once. */
export function freePackets(
  { connectorBtp, auth, wire }: {
    readonly connectorBtp: string;
    readonly auth: { readonly username: string; readonly token: string } | null;
    readonly wire: Wire;
  },
  { timers, random, log }: {
    readonly timers: Timers;
    readonly random: () => number;
    readonly log: Log;
  },
): FreePackets {
  let state = "connecting";
  let live: BtpSession | null = null;
  const waiting = new Set<() => void>();
  const tell = () => waiting.forEach((look) => look());
  const dialer = new Dialer({
    url: connectorBtp,
    auth,
    wire,
    timers,
    random,
    log,
    onSession: (session) => {
      live = session;
      tell();
    },
    onEnd: () => live = null,
    onMessage: () => Promise.resolve(null),
    onStatus: (status) => {
      state = status.state;
      tell();
    },
  });
  const session = (signal: AbortSignal) =>
    new Promise<BtpSession>((resolve, reject) => {
      const look = () => {
        if (live !== null) resolve(live);
        else if (state === "unauthorized" || signal.aborted) {
          reject(new Error(signal.aborted ? "no connection" : "the connector refuses our sign-in"));
        } else return;
        waiting.delete(look);
      };
      waiting.add(look);
      signal.addEventListener("abort", look, { once: true });
      look();
    });
  return {
    async send(packet, signal) {
      const there = await session(signal);
      const outcome = await sendProbe(there, interledgerWire, packet, timers, signal);
      if (outcome.state === "unknown") throw new Error(outcome.reason);
      // Ours refuse what pays nothing, with the answer inside.
      if (outcome.data.byteLength > 0) return outcome.data;
      throw new Error(
        outcome.state === "refused" ? `${outcome.code} ${outcome.message}` : "no answer inside",
      );
    },
    [Symbol.dispose]: () => dialer.close(),
  };
}
