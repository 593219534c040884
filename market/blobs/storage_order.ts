/**
 * Orders storage at the network's blob server. An order is an event that is written to the relay, and its write pays for the storage.
 *
 * @module
 */
import { blobOrder, blobPriceUnits } from "../../blobs/blob_price.ts";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import { ownWrite } from "../../store/own_write.ts";
import type { Store } from "../../store/store.ts";
import type { BlobServiceOptions } from "./blobs.ts";

/** What an order is made from. */
interface OrderParts {
  readonly store: Pick<Store, "commit" | "outgoingByObligation">;
  readonly pubkey: Pubkey;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Whether the server has credited an order. The relay does that before it accepts the payment. */
export async function isPaid(
  orderId: string,
  { store }: Pick<OrderParts, "store">,
): Promise<boolean> {
  const packets = await store.outgoingByObligation(`write:${orderId}`);
  return packets.some(({ state }) => state === "fulfilled");
}

/**
 * Puts the order and its payment into the outbox. Returns the id of the order. Throws BlobTransferError `payment_required` if nothing can be
 * paid.
 */
export async function orderStorage(
  bytes: number,
  { server, payTo }: Pick<BlobServiceOptions, "server" | "payTo">,
  { store, pubkey, clock }: OrderParts,
): Promise<string> {
  if (server === null || payTo === null) {
    throw new BlobTransferError(
      "payment_required",
      "the blob server requires a payment, and this home cannot pay",
    );
  }
  const nowMs = clock();
  const nonce = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const event = { ...blobOrder(bytes, nonce, Math.floor(nowMs / 1_000)), pubkey };
  const target = { destination: payTo.ilpAddress, terminalPubkey: payTo.pubkey };
  // The price of the storage. The price of the order event's own bytes is added when it is written.
  const priceUnits = blobPriceUnits(bytes, BigInt(server.unitsPerMib));
  await store.commit([ownWrite(event, target, nowMs, priceUnits)]);
  return eventId(event);
}
