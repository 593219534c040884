/**
 * An event as readers get it: a JSON object, or TOON text as relays of the Crosstown network send it. Each form is made once and cached.
 *
 * Holds at most 16 MiB of forms. The form that was not used for the longest time is removed first.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { encodeToon } from "../../protocols/toon/encode.ts";

/** The third element of EVENT: a JSON object, or a JSON string of TOON text. */
export type DeliveryFormat = "json" | "toon";

/** The data from which forms are made. */
export interface EventSource {
  /** The event as JSON. */
  readonly json: string;
  /** The received bytes. An event that arrived as TOON is sent with exactly these bytes. */
  readonly raw: Uint8Array;
  readonly encoding: "toon" | "json";
}

const MAX_BYTES = 16_777_216;

/** The cache of one relay. */
export class EventForms {
  readonly #forms = new Map<string, Buffer>();
  readonly #maxBytes: number;
  #bytes = 0;

  /** Keeps up to `maxBytes`. */
  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The UTF-8 bytes of the form. `source` is called only if the form is not cached. Null if the event was removed. */
  get(id: string, format: DeliveryFormat, source: () => EventSource | null): Buffer | null {
    const key = `${format}${id}`;
    const kept = this.#forms.get(key);
    if (kept !== undefined) {
      this.#forms.delete(key);
      this.#forms.set(key, kept);
      return kept;
    }
    const found = source();
    if (found === null) return null;
    const form = Buffer.from(format === "json" ? found.json : toonText(found), "utf8");
    this.#forms.set(key, form);
    this.#bytes += form.length;
    while (this.#bytes > this.#maxBytes) {
      const [oldest, { length }] = this.#forms.entries().next().value!;
      this.#forms.delete(oldest);
      this.#bytes -= length;
    }
    return form;
  }

  /** Removes the forms of an event, because it may arrive again with another signature after its removal. */
  forget(id: string): void {
    for (const format of ["json", "toon"]) {
      const kept = this.#forms.get(format + id);
      if (kept === undefined) continue;
      this.#forms.delete(format + id);
      this.#bytes -= kept.length;
    }
  }
}

const OPEN = Buffer.from('["EVENT",');
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");

/** The whole EVENT message to one subscription. */
export function eventMessage(subscription: string, form: Buffer): Buffer {
  return Buffer.concat([OPEN, Buffer.from(JSON.stringify(subscription)), COMMA, form, CLOSE]);
}

function toonText({ json, raw, encoding }: EventSource): string {
  const toon = encoding === "toon" ? raw : encodeToon(JSON.parse(json), "1.4");
  return JSON.stringify(new TextDecoder("utf-8", { ignoreBOM: true }).decode(toon));
}
