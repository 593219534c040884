/**
 * Looks up what the store knows of the documents that prepareSink delivers, and their fulfilments: one question for all that it takes up at
 * once.
 *
 * @module
 */
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

/** Asks for the fulfilments of documents: one question for all that are taken up at once. */
export function fulfilmentsOf(
  signer: PrepareSinkServices["signer"],
): PrepareSinkServices["signer"]["packetFulfilments"] {
  return merged((packets) => signer.packetFulfilments(packets), MAX_TOGETHER);
}

const NOTHING_KNOWN: Delivery = {
  pending: true,
  buyer: null,
  provider: null,
  askedBefore: [],
  quote: null,
  isMetered: null,
};
