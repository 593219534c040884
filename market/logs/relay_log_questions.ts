/**
 * Sends a buyer's question for a log to a relay, as an ephemeral event, and waits for the provider's answer there. A relay may drop either
 * of them; then the buyer asks again for the same offset.
 *
 * @module
 */
import { parseEvent, tagValue } from "../../protocols/nostr/event.ts";
import { JOB_LOG_KIND, JOB_LOG_REQUEST_KIND } from "../../protocols/nostr/kinds.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { RelaySession } from "../../peers/relay/relay_session.ts";

/** How far clocks may differ, in seconds. */
const SKEW_S = 600;

/** Returns the document of the first event that answers the question. Rejects if the relay refuses the question, or with the signal's reason. */
export async function askOverRelay(
  session: Pick<RelaySession, "subscribe" | "publish">,
  question: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const event = parseEvent(decodeDocument(question).event);
  if (event.kind !== JOB_LOG_REQUEST_KIND) {
    throw new TypeError("the log of a private job does not travel over a relay");
  }
  const answers = session.subscribe([{
    kinds: [JOB_LOG_KIND],
    authors: [tagValue(event, "p")!],
    "#q": [event.id],
    since: event.created_at - SKEW_S,
  }], { backfill: false });
  const over = () => answers.close();
  signal.addEventListener("abort", over, { once: true });
  try {
    let published: Promise<void> | null = null;
    const refused = Promise.withResolvers<never>();
    refused.promise.catch(() => undefined);
    const publish = async () => {
      const { outcome, message } = await session.publish(event, { signal });
      if (outcome === "refused") throw new Error(`the relay refused the question: ${message}`);
    };
    const reader = answers.deliveries.getReader();
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), refused.promise]);
      signal.throwIfAborted();
      if (done) throw new Error("the relay ended the subscription");
      for (const delivery of value) {
        // An answer that a relay stored is one to an earlier question.
        if (delivery.type === "document" && !delivery.stored) return delivery.bytes;
        if (delivery.type === "eose") {
          published ??= publish();
          published.catch(refused.reject);
        }
      }
    }
  } finally {
    signal.removeEventListener("abort", over);
    answers.close();
  }
}
