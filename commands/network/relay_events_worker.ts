/// <reference lib="deno.worker" />
/**
 * The worker of `relay_events.ts`. Its only permission is the relay's host. It verifies each event and passes on facts of fixed size.
 *
 * Held: the subscription's own queue, which closes and asks again when it is full; one fact at a time waits for the main thread.
 *
 * @module
 */
import { openRelaySession } from "../../peers/relay/open_relay_session.ts";
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { EventsRequest, ShownEvent, Told } from "./relay_events_question.ts";

/** So many of an event's `e` and `p` tags are passed on. */
const MAX_TAGS = 10;
/** So many ids are remembered, because a relay sends events again after a reconnect. */
const MAX_IDS = 10_000;

let wanted: (() => void) | null = null;

self.onmessage = ({ data }: MessageEvent<EventsRequest | "next">) => {
  if (data === "next") wanted?.();
  else void follow(data).catch((error) => tell({ failed: String(error?.message ?? error) }));
};

function tell(told: Told): void {
  self.postMessage(told);
}

async function follow({ url, kinds, sinceS }: EventsRequest): Promise<void> {
  using session = openRelaySession({ url });
  const verifier = await createVerifier();
  const seen = new Set<string>();
  const filter = { ...(kinds.length === 0 ? {} : { kinds }), since: sinceS };
  const subscription = session.subscribe([filter], { settledAtS: sinceS, overlapS: 0 });
  for await (const batch of subscription.deliveries) {
    for (const delivery of batch) {
      if (delivery.type !== "document") continue;
      const event = read(delivery.bytes);
      if (event === null || verifier.verify(event) !== "ok") {
        await passed({ dropped: true });
        continue;
      }
      if (delivery.createdAtS !== null) subscription.settledTo(delivery.createdAtS);
      if (seen.has(event.id)) continue;
      if (seen.size >= MAX_IDS) seen.delete(seen.values().next().value!);
      seen.add(event.id);
      await passed({ event: shown(event, delivery.bytes.length, delivery.encoding) });
    }
  }
  throw new Error("the relay ended the subscription");
}

/** Resolves when the main thread asks for the next one. */
async function passed(told: Told): Promise<void> {
  const asked = new Promise<void>((resolve) => wanted = resolve);
  tell(told);
  await asked;
}

function read(bytes: Uint8Array): NostrEvent | null {
  try {
    return parseEvent(decodeDocument(bytes).event);
  } catch {
    return null;
  }
}

function shown(event: NostrEvent, bytes: number, encoding: ShownEvent["encoding"]): ShownEvent {
  const tagged = (name: string) =>
    event.tags.filter(([tag, value]) => tag === name && /^[0-9a-f]{64}$/.test(value ?? ""))
      .slice(0, MAX_TAGS).map(([, value]) => value);
  return {
    event_id: event.id,
    kind: event.kind,
    pubkey: event.pubkey,
    created_at_s: event.created_at,
    bytes,
    encoding,
    events: tagged("e"),
    pubkeys: tagged("p"),
  };
}
