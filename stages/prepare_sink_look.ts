/**
 * Looks up what the store knows of the documents that prepareSink delivers, and their fulfilments: one question for all that it takes up at
 * once.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { merged } from "../base/merged.ts";
import type { Delivery, DeliveryQuestion } from "../store/delivery_row.ts";
import type { Store } from "../store/store.ts";
import type { PrepareSinkServices } from "./prepare_sink_services.ts";
import type { Item } from "./stage.ts";

/** The most documents in one question. */
const MAX_TOGETHER = 64;

/** The outbox row and the job of a document as they are now; `pending` is true if it has no row. */
export function deliveryLook(store: Pick<Store, "deliveries">): (item: Item) => Promise<Delivery> {
  const deliveries = merged(
    (asked: readonly DeliveryQuestion[]) => store.deliveries(asked),
    MAX_TOGETHER,
  );
  return async ({ known: { outbox_id: id, job_id: jobId } }) => {
    if (typeof id !== "number" && typeof jobId !== "string") return NOTHING_KNOWN;
    const [delivery] = await deliveries([{
      outboxId: typeof id === "number" ? id : null,
      jobId: typeof jobId === "string" ? jobId : null,
    }]);
    return delivery;
  };
}

/** The fulfilments of packets, as their sender computes them. Each has 32 bytes. */
interface Fulfilments {
  /** Of any data. */
  of(terminal: string, dataSha256: Uint8Array): Promise<Uint8Array>;
  /** Of the bytes of a document: what {@link foresee} asked for, or a new question. */
  ofItem(item: Item): Promise<Uint8Array>;
  /** Asks now for the fulfilment that a packet with exactly these bytes will need. */
  foresee(item: Item): void;
}

/** Asks for fulfilments: one question for all that are needed in one turn. `fulfilledBy`: who can fulfil on this wire. */
export function fulfilmentsOf(
  signer: PrepareSinkServices["signer"],
  fulfilledBy: "anyone" | "terminal",
): Fulfilments {
  const ask = merged(
    (packets: Parameters<typeof signer.packetFulfilments>[0]) => signer.packetFulfilments(packets),
    MAX_TOGETHER,
  );
  const foreseen = new WeakMap<Item, Promise<Uint8Array>>();
  const of = async (peer: string, dataSha256: Uint8Array): Promise<Uint8Array> =>
    fulfilledBy === "anyone" ? dataSha256 : (await ask([{ peer, dataSha256 }]))[0];
  const ofBytes = ({ known, bytes }: Item) => of(String(known.terminal), sha256(bytes));
  return {
    of,
    ofItem: (item) => foreseen.get(item) ?? ofBytes(item),
    foresee(item) {
      // A private document is wrapped first.
      if (fulfilledBy === "anyone" || item.known.reader !== undefined) return;
      if (item.known.terminal === undefined) return;
      const asked = ofBytes(item);
      foreseen.set(item, asked);
      // The payment may be due much later. It asks again.
      asked.catch(() => foreseen.delete(item));
    },
  };
}

const NOTHING_KNOWN: Delivery = {
  pending: true,
  buyer: null,
  provider: null,
  askedBefore: [],
  quote: null,
  isMetered: null,
};
