/**
 * The two ways of SPSP: a packet of amount 0 over a session with a connector, and a relay.
 *
 * @module
 */
import { SPSP_RESPONSE_KIND } from "../../protocols/nostr/kinds.ts";
import { conditionOf, contentFulfilment } from "../../protocols/ilp/condition.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { freePackets } from "../../peers/connector/free_packets.ts";
import type { RelaySession } from "../../peers/relay/relay_session.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";
import type { SpspWays } from "./spsp_requester.ts";

/** The way by ILP, over its own session that pays nothing. */
interface IlpWay extends Disposable {
  readonly send: NonNullable<SpspWays["byIlp"]>;
}

/** Connects at once. A try waits for the session until its signal is aborted. */
export function spspByIlp(
  options: {
    readonly connectorBtp: string;
    readonly auth: { readonly username: string; readonly token: string } | null;
    readonly wire: Wire;
    /** The peer's ILP address. */
    readonly destination: string;
  },
  { timers, random, log }: {
    readonly timers: Timers;
    readonly random: () => number;
    readonly log: Log;
  },
): IlpWay {
  const packets = freePackets(options, { timers, random, log });
  return {
    async send(request, signal) {
      const data = encodeToon(request, "1.4");
      // Peers of the network fulfil it with the hash of the data.
      const condition = conditionOf(contentFulfilment(data));
      return await packets.send({ destination: options.destination, data, condition }, signal);
    },
    [Symbol.dispose]: () => packets[Symbol.dispose](),
  };
}

/** The way over a relay: it subscribes for this home's key, then publishes, and yields the documents that arrive. */
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
            // Answers are ephemeral and not stored, so the request is published only after EOSE, when the subscription is live.
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
