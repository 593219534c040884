/**
 * The two ways on which SPSP goes: a packet of amount 0 over a session with a connector, and a relay.
 *
 * @module
 */
import { SPSP_RESPONSE_KIND } from "../../protocols/nostr/kinds.ts";
import { conditionOf, contentFulfilment } from "../../protocols/ilp/condition.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import { interledgerWire } from "../../protocols/wires/interledger/wire.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { BtpSession } from "../../peers/connector/btp_session.ts";
import { Dialer } from "../../peers/connector/dialer.ts";
import { sendProbe } from "../../peers/connector/probe.ts";
import type { RelaySession } from "../../peers/relay/relay_session.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";
import type { SpspWays } from "./spsp_requester.ts";

/** A way by ILP, over a session of its own that pays nothing. */
interface IlpWay extends Disposable {
  readonly send: NonNullable<SpspWays["byIlp"]>;
}

/** Dials at once; a try waits for the session as long as its signal lets it. */
export function spspByIlp(
  options: {
    readonly connectorBtp: string;
    readonly auth: { readonly username: string; readonly token: string } | null;
    readonly wire: Wire;
    /** The peer's. */
    readonly destination: string;
  },
  { timers, random, log }: {
    readonly timers: Timers;
    readonly random: () => number;
    readonly log: Log;
  },
): IlpWay {
  let state = "connecting";
  const waiting = new Set<() => void>();
  const tell = () => waiting.forEach((look) => look());
  let live: BtpSession | null = null;
  const dialer = new Dialer({
    url: options.connectorBtp,
    auth: options.auth,
    wire: options.wire,
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
          reject(new Error(signal.aborted ? "stopped" : "the connector refuses our sign-in"));
        } else return;
        waiting.delete(look);
      };
      waiting.add(look);
      signal.addEventListener("abort", look, { once: true });
      look();
    });
  return {
    async send(request, signal) {
      const data = encodeToon(request, "1.4");
      const outcome = await sendProbe(
        await session(signal),
        interledgerWire,
        {
          destination: options.destination,
          data,
          // Peers of the network open it with the data's own hash.
          condition: conditionOf(contentFulfilment(data)),
        },
        timers,
        signal,
      );
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

/** The way over a relay: it listens for our key, then publishes, and gives what comes. */
export function spspByRelay(
  session: Pick<RelaySession, "subscribe" | "publish">,
): NonNullable<SpspWays["byRelay"]> {
  return async function* (request: NostrEvent, signal: AbortSignal) {
    const filter = {
      kinds: [SPSP_RESPONSE_KIND],
      "#p": [request.pubkey],
      since: request.created_at - 60,
    };
    const subscription = session.subscribe([filter], { backfill: false, prompt: true });
    const reader = subscription.deliveries.getReader();
    const stop = () => subscription.close();
    signal.addEventListener("abort", stop, { once: true });
    let published = false;
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        for (const delivery of value) {
          if (delivery.type === "document") yield delivery.bytes;
          else if (!published) {
            // From EOSE on we hear what is not stored: answers are ephemeral.
            published = true;
            const { outcome, message } = await session.publish(request, { signal });
            if (outcome === "refused") throw new Error(message || "the relay refused the request");
          }
        }
      }
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
      reader.releaseLock();
    }
  };
}
