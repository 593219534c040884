/**
 * toonEncoder: encodes signed events as TOON. The exact number of bytes is the price of a relay write, so it is learned here. The
 * expiration of the event (NIP-40) is learned too, because an expired event is not paid.
 *
 * Holds one batch. Refuses `bad_event`, `too_large`.
 *
 * @see https://github.com/toon-format/spec
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import {
  kindPricesFrom,
  type KindPricesText,
  writePriceUnits,
} from "../protocols/nostr/write_price.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { encodeToon } from "../protocols/toon/encode.ts";
import { type Batch, defineStage, type Item, learned, refuse, type StageContext } from "./stage.ts";

const NAME = "toon-encoder";

/** Options for encoding and pricing. */
export interface ToonEncoderOptions {
  /** `1.4` on the `crosstown` wire, whose peers use that version of the library; otherwise `4`. */
  readonly rules?: "1.4" | "4";
  /** Base units per byte of a relay write, in decimal; `0` if writes are free. */
  readonly priceUnitsPerByte?: string;
  /** Prices of certain kinds, which replace it. */
  readonly kindPrices?: KindPricesText;
  /** The most bytes that fit one PREPARE. */
  readonly maxBytes?: number;
}

/** ILPv4 carries at most 32,767 bytes of data (RFC 0027). */
export const MAX_PREPARE_DATA_BYTES = 32_767;

/**
 * Makes the stage. Input: a signed event, JSON or TOON. Output: TOON; learns `bytes`, `encoding`, `write_price_units`, `expires_at`
 * (seconds).
 */
export function toonEncoder(
  options: ToonEncoderOptions,
  _services: Record<string, never>,
  context: StageContext,
): TransformStream<Batch, Batch> {
  const rules = options.rules ?? "4";
  const prices = {
    unitsPerByte: BigInt(options.priceUnitsPerByte ?? "0"),
    byKind: kindPricesFrom(options.kindPrices),
  };
  const maxBytes = options.maxBytes ?? MAX_PREPARE_DATA_BYTES;
  const encode = (item: Item): Item => {
    if (item.refusal) return item;
    try {
      const event = parseEvent(decodeDocument(item.bytes).event);
      const bytes = encodeToon(event, rules);
      if (bytes.length > maxBytes) {
        return refuse(
          item,
          NAME,
          "too_large",
          `Cannot send event: its TOON form is ${bytes.length} bytes, at most ${maxBytes} fit one PREPARE`,
        );
      }
      const units = String(writePriceUnits(prices, event.kind, bytes.length));
      context.log("info", "event encoded", {
        event_id: event.id,
        kind: event.kind,
        bytes: bytes.length,
        write_price_units: units,
      });
      return learned({ ...item, bytes }, {
        id: event.id,
        kind: event.kind,
        bytes: bytes.length,
        encoding: "toon",
        write_price_units: units,
        ...expirationOf(event),
      });
    } catch (error) {
      return refuse(item, NAME, "bad_event", messageOf(error));
    }
  };
  return new TransformStream<Batch, Batch>({
    transform: (batch, controller) => controller.enqueue(batch.map(encode)),
  });
}

function expirationOf(event: NostrEvent): { readonly expires_at?: number } {
  const value = event.tags.find((tag) => tag[0] === "expiration")?.[1];
  return value !== undefined && /^\d{1,12}$/.test(value) ? { expires_at: Number(value) } : {};
}

/** The stage for its host. */
export const definition = defineStage<ToonEncoderOptions, Record<string, never>>({
  name: NAME,
  role: "transform",
  services: [],
  permissions: () => ({}),
  create: toonEncoder,
});
