/**
 * Sends packets of amount 0 to a connector, over a session that pays nothing and has no other use.
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

/** The fields of a packet of amount 0. */
interface FreePacket {
  readonly destination: string;
  readonly data: Uint8Array;
  readonly condition: Uint8Array;
}

/** A session for packets of amount 0. */
interface FreePackets extends Disposable {
  /** Sends a packet as soon as there is a session, and returns the data of its answer. Rejects if no answer came or its data is empty. */
  send(packet: FreePacket, signal: AbortSignal): Promise<Uint8Array>;
}

/** Opens the session. It dials at once. */
export function freePackets(
  { connectorBtp, auth, wire, publicOnly }: {
    readonly connectorBtp: string;
    readonly auth: { readonly username: string; readonly token: string } | null;
    readonly wire: Wire;
    /** True if only addresses of the public internet are connected. */
    readonly publicOnly?: boolean;
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
    publicOnly,
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
      // Our providers refuse a packet of amount 0 and put the answer into the data of the refusal.
      if (outcome.data.byteLength > 0) return outcome.data;
      throw new Error(
        outcome.state === "refused" ? `${outcome.code} ${outcome.message}` : "no answer inside",
      );
    },
    [Symbol.dispose]: () => dialer.close(),
  };
}
