/**
 * The key to a sealed result that came when its job had ended. It is not bought automatically, because its buyer may have bought the job again.
 * The buyer may pay for it while its provider offers it.
 *
 * @see docs/money.md#a-result-after-the-end-of-its-job
 * @module
 */
import { ControlError } from "../../base/control_error.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import { readQuote } from "../../protocols/nostr/job_quote.ts";
import { DELIVERY_ORDER_KIND } from "../../protocols/nostr/kinds.ts";
import { asksPrivately } from "../../protocols/nostr/private_job.ts";
import { deliveryOrder, isLateOrder } from "../../protocols/nostr/sealed_result.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { OutboxRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";

/** Puts the order into the outbox, unless one is pending. Throws ControlError `not_found`, `not_sealed`, `job_open`, `already_paid`. */
export async function orderKey(
  store: Pick<Store, "getJob" | "sealedOf" | "quoteOf" | "pendingOfJob" | "commit">,
  { jobId, atMs }: { readonly jobId: string; readonly atMs: number },
): Promise<void> {
  const job = await store.getJob(jobId, "buyer");
  if (job === null) throw new ControlError("not_found", `there is no job ${jobId} in this home`);
  const { eventId } = job;
  const [sale, signed, pending] = await Promise.all([
    store.sealedOf(eventId, "buyer"),
    store.quoteOf(eventId),
    store.pendingOfJob(jobId, [], 0),
  ]);
  if (sale === null || signed === null) {
    throw new ControlError("not_sealed", `job ${jobId} has no sealed result`);
  }
  if (sale.state !== "waiting") {
    throw new ControlError("already_paid", `the key of job ${jobId} was paid before`);
  }
  // One of the job itself is not paid any more.
  if (pending.some(isLateKeyOrder)) return;
  if (!isEnded(job.status)) {
    throw new ControlError("job_open", `job ${jobId} is open, and its key is paid automatically`);
  }
  const { provider, condition, ilpAddress } = readQuote(
    parseEvent(decodeDocument(signed.quote).event),
  );
  const order = deliveryOrder(
    { requestId: eventId, provider, condition },
    Math.floor(atMs / 1_000),
    { isPrivate: asksPrivately(job.request), isLate: true },
  );
  await store.commit([{
    op: "addOutbox",
    row: {
      jobId,
      purpose: "job",
      event: new TextEncoder().encode(JSON.stringify({ ...order, pubkey: job.buyer })),
      destination: ilpAddress,
      terminalPubkey: provider,
      amountUnits: sale.restUnits,
      createdAtMs: atMs,
    },
  }]);
}

/** This home made these bytes itself, so they are parsed without checks. */
function isLateKeyOrder({ event }: OutboxRow): boolean {
  const order = JSON.parse(new TextDecoder().decode(event));
  return order.kind === DELIVERY_ORDER_KIND && isLateOrder(order);
}
