/**
 * eventSigner: takes unsigned events and outputs signed events as JSON documents. It holds no key: it asks the signer, a batch at a time,
 * and verifies each signed event before it passes the event on. A document that is already signed is verified and passed on. An event for a
 * single reader (protocols/nostr/private_job.ts) leaves as a gift wrap; `inner_id` keeps the id of the event in it.
 *
 * Holds one batch. Refuses `bad_event`, `bad_signature`, and with the signer's own codes.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/01.md
 * @module
 */
import { codeOf, errorOf, messageOf } from "../base/thrown.ts";
import {
  type NostrEvent,
  parseEvent,
  parseUnsignedEvent,
  tagValue,
  type UnsignedEvent,
} from "../protocols/nostr/event.ts";
import { eventId } from "../protocols/nostr/event_id.ts";
import { readerOf } from "../protocols/nostr/private_job.ts";
import { createVerifier, type EventVerifier } from "../protocols/nostr/verifier.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import type { Signer } from "../money/signer/signer.ts";
import { type Batch, defineStage, type Item, learned, refuse, type StageContext } from "./stage.ts";

const NAME = "event-signer";

/** The services that the stage needs. */
export interface EventSignerServices {
  readonly signer: Pick<Signer, "signEvents"> & Partial<Pick<Signer, "wrapText">>;
}

type Parsed = { signed: NostrEvent } | { unsigned: UnsignedEvent } | { refused: Item };

/**
 * Makes the stage. Input: JSON or TOON of an event with or without id and signature. Output: JSON of the signed event; learns `id`,
 * `pubkey`, `kind`.
 */
export async function eventSigner(
  _options: Record<string, never>,
  services: EventSignerServices,
  _context: StageContext,
): Promise<TransformStream<Batch, Batch>> {
  const verifier = await createVerifier();
  return new TransformStream<Batch, Batch>({
    async transform(batch, controller) {
      const signed = await signBatch(batch, services.signer, verifier);
      controller.enqueue(await Promise.all(signed.map((item) => wrapped(item, services.signer))));
    },
  });
}

async function signBatch(
  batch: Batch,
  signer: EventSignerServices["signer"],
  verifier: EventVerifier,
): Promise<Batch> {
  const parsed = batch.map((item): Parsed => item.refusal ? { refused: item } : parse(item));
  const asked = parsed.flatMap((each) => "unsigned" in each ? [each.unsigned] : []);
  const signatures = (await signEach(asked, signer)).map((event, at) => {
    if (event instanceof Error || event?.id === eventId(asked[at])) return event;
    return new TypeError(
      "Cannot use a signature: it belongs to another event than the one that was sent",
    );
  });
  let next = 0;
  return parsed.map((each, at) => {
    if ("refused" in each) return each.refused;
    const item = batch[at];
    const event = "signed" in each ? each.signed : signatures[next++];
    if (event instanceof Error) {
      return refuse(item, NAME, codeOf(event) ?? "signer_failed", event.message);
    }
    const verdict = verifier.verify(event);
    if (verdict !== "ok") {
      return refuse(item, NAME, "bad_signature", `Cannot pass on event ${event.id}: ${verdict}`);
    }
    const { id, pubkey, created_at, kind, tags, content, sig } = event;
    const text = JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig });
    const reader = readerOf(event);
    const expires = reader === null ? undefined : tagValue(event, "expiration");
    return learned({ ...item, bytes: new TextEncoder().encode(text) }, {
      id,
      pubkey,
      kind,
      encoding: "json",
      ...reader !== null && { reader },
      // A wrap does not show the expiration of the event in it.
      ...expires !== undefined && /^\d{1,12}$/.test(expires) && { expires_at: Number(expires) },
    });
  });
}

/** Wraps an event for a single reader. The payment of a job is wrapped later, when prepareSink has put it together. */
async function wrapped(
  item: Item,
  { wrapText }: Pick<EventSignerServices["signer"], "wrapText">,
): Promise<Item> {
  const { reader, purpose, id, kind } = item.known;
  if (item.refusal || typeof reader !== "string" || purpose === "job") return item;
  try {
    if (wrapText === undefined) throw new TypeError("this signer makes no gift wraps");
    const wrap = await wrapText(reader, new TextDecoder().decode(item.bytes));
    return learned({ ...item, bytes: new TextEncoder().encode(JSON.stringify(wrap)) }, {
      id: wrap.id,
      pubkey: wrap.pubkey,
      kind: wrap.kind,
      inner_id: id,
      inner_kind: kind,
    });
  } catch (error) {
    return refuse(item, NAME, codeOf(error) ?? "signer_failed", messageOf(error));
  }
}

function parse(item: Item): Parsed {
  try {
    const value = decodeDocument(item.bytes).event as Record<string, unknown>;
    if (value && typeof value === "object" && "sig" in value) return { signed: parseEvent(value) };
    return { unsigned: parseUnsignedEvent(value) };
  } catch (error) {
    return { refused: refuse(item, NAME, "bad_event", messageOf(error)) };
  }
}

/**
 * Makes one call for the batch. If the signer refuses it, makes one call for each event, so that a bad event does not affect the others.
 */
async function signEach(
  events: readonly UnsignedEvent[],
  signer: EventSignerServices["signer"],
): Promise<(NostrEvent | Error)[]> {
  if (events.length === 0) return [];
  try {
    const signed = await signer.signEvents(events);
    return events.map((_, at) => signed[at]);
  } catch (error) {
    if (events.length === 1) return [errorOf(error)];
    return await Promise.all(
      events.map((event) => signer.signEvents([event]).then(([signed]) => signed, errorOf)),
    );
  }
}

/** The stage for its host. */
export const definition = defineStage<Record<string, never>, EventSignerServices>({
  name: NAME,
  role: "transform",
  services: ["signer"],
  permissions: () => ({}),
  create: eventSigner,
});
