/**
 * A buyer cancels a job in one commit. The job's row ends. If its request may have left, the outbox gets a deletion event (NIP-09) that is
 * addressed to the provider, so that it stops. Amounts that were paid stay paid.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/09.md
 * @module
 */
import { addOutbox } from "./outbox.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import { DELETION_KIND } from "../protocols/nostr/kinds.ts";
import { asksPrivately } from "../protocols/nostr/private_job.ts";
import type { ChangeContext } from "./change_context.ts";
import { patchJob } from "./job_changes.ts";
import { isEnded, type JobStatus } from "../protocols/job_status.ts";
import { text, whole } from "./checks.ts";
import type { Columns } from "../base/table/columns.ts";
import { StoreError } from "./store_error.ts";
import type { CancelJob } from "./job_row.ts";

/** Cancels the job, and informs its provider if the provider may know of it. */
export function cancelJob(context: ChangeContext, change: CancelJob): void {
  const { db } = context;
  const jobId = text("jobId", change.jobId);
  const atMs = whole("atMs", change.atMs);
  const job = db.get(
    `SELECT job_id, event_id, kind, status, buyer, provider, created_at_ms, timeout_s, request
     FROM jobs WHERE job_id = ? AND role = 'buyer'`,
    jobId,
  );
  if (job === null) throw new StoreError("conflict", `job ${jobId} (buyer) does not exist`);
  if (isEnded(job.status as JobStatus)) {
    throw new StoreError("conflict", `job ${jobId} is finished as ${job.status} already`);
  }
  patchJob(context, jobId, "buyer", {
    status: "cancelled",
    errorCode: "cancelled",
    errorMessage: text("message", change.message),
    updatedAtMs: atMs,
  });
  // Searches from the newest entry, because an open job is usually recent.
  const write = db.get(
    `SELECT destination, terminal_pubkey, state FROM outbox
     WHERE job_id = ? AND purpose = 'write' ORDER BY outbox_id DESC LIMIT 1`,
    jobId,
  );
  if (write === null || !mayHaveLeft(context, job, write)) return;
  addOutbox(context, {
    jobId,
    purpose: "write",
    event: new TextEncoder().encode(JSON.stringify(deletionOf(job, atMs))),
    destination: write.destination as string,
    terminalPubkey: write.terminal_pubkey as string,
    amountUnits: null,
    createdAtMs: atMs,
  });
}

/**
 * A paid write cannot have left before its packet is signed. A free write leaves no trace before its entry is settled, so it may have left.
 */
function mayHaveLeft({ db }: ChangeContext, job: Columns, write: Columns): boolean {
  if (write.state !== "pending" || write.destination === "") return true;
  return db.get(
    "SELECT 1 AS there FROM outgoing WHERE obligation = ? LIMIT 1",
    `write:${job.event_id}`,
  ) !== null;
}

/** The deletion of a job's request, addressed to its provider. */
export function deletionOf(job: Columns, atMs: number): UnsignedEvent {
  const deadlineS = Math.ceil((job.created_at_ms as number) / 1000) + (job.timeout_s as number);
  const nowS = Math.floor(atMs / 1000);
  return {
    kind: DELETION_KIND,
    created_at: nowS,
    tags: [
      ["e", job.event_id as string],
      ["k", String(job.kind)],
      ...(job.provider === null ? [] : [["p", job.provider as string]]),
      // After this time the provider stops without it.
      ["expiration", String(Math.max(deadlineS, nowS + MIN_LIFE_S))],
      ...job.provider !== null && asksPrivately(job.request as Uint8Array)
        ? [["wrap", job.provider as string]]
        : [],
    ],
    content: "cancelled by its buyer",
    pubkey: job.buyer as UnsignedEvent["pubkey"],
  };
}

const MIN_LIFE_S = 60;
