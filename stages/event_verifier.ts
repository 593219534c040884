/**
 * eventVerifier: decodes each document, recomputes the event's id and checks its signature, in WebAssembly. Events that pass may be counted
 * as seen, stored and acted upon. The bytes are not changed.
 *
 * Holds one batch. Refuses `undecodable`, `bad_shape` (no NIP-01 event, or another kind than was extracted), `bad_id`, `bad_signature`. A
 * relay may forward events whose id does not match their content, so nothing before this stage is trusted.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md#events-and-signatures
 * @module
 */
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { createVerifier, type EventVerifier } from "../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../protocols/toon/decode.ts";
import { type Batch, defineStage, type Item, learned, refuse, type StageContext } from "./stage.ts";

const NAME = "event-verifier";

/** Options of the stage. */
interface EventVerifierOptions {
  /** The most bytes of a document; default 65,536. */
  readonly maxBytes?: number;
}

const REASONS = {
  bad_id: "id must be the SHA-256 of the event's content",
  bad_signature: "sig must be the author's signature of the id",
};

/** Compiled once for each worker, so that the stream of a new generation need not wait for it. */
let verifier: Promise<EventVerifier> | undefined;

/** Makes the stage. Learns `id`, `pubkey`, `created_at`, and `kind` if no kind extractor ran before. */
export async function eventVerifier(
  options: EventVerifierOptions = {},
  _services: Readonly<Record<string, unknown>>,
  context: StageContext,
): Promise<TransformStream<Batch, Batch>> {
  const { verifyAll } = await (verifier ??= createVerifier());
  const refused = (item: Item, code: string, message: string): Item => {
    context.count("refused");
    context.count(`refused_${code}`);
    return refuse(item, NAME, code, message);
  };
  const read = (item: Item): Item | NostrEvent => {
    if (item.refusal !== undefined) return item;
    let event: NostrEvent;
    try {
      event = parseEvent(decodeDocument(item.bytes, options).event);
    } catch (error) {
      if (error instanceof ToonError) return refused(item, "undecodable", error.message);
      if (error instanceof EventError) return refused(item, "bad_shape", error.message);
      throw error;
    }
    if (item.known.kind !== undefined && item.known.kind !== event.kind) {
      return refused(item, "bad_shape", `kind must be ${item.known.kind} as extracted`);
    }
    return event;
  };
  const check = (batch: Batch): Batch => {
    const found = batch.map(read);
    const events = found.filter((each) => "sig" in each);
    const verdicts = verifyAll(events);
    let at = 0;
    return found.map((each, index) => {
      if (!("sig" in each)) return each;
      const verdict = verdicts[at++];
      if (verdict !== "ok") return refused(batch[index], verdict, REASONS[verdict]);
      const { id, pubkey, created_at, kind } = each;
      return learned(batch[index], { kind, id, pubkey, created_at });
    });
  };
  return new TransformStream({
    transform: (batch, controller) => controller.enqueue(check(batch)),
  });
}

/** The stage for its host; it needs no permission. */
export const definition = defineStage<EventVerifierOptions, Readonly<Record<string, unknown>>>({
  name: NAME,
  role: "transform",
  services: [],
  permissions: () => ({}),
  create: eventVerifier,
});
