/**
 * A buyer cancels a job in one commit. The job's row ends. If its request may have left, the outbox gets a deletion event (NIP-09) that is
 * addressed to the provider, so that it stops. Amounts that were paid stay paid.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/09.md
 * @module
 */
import { addOutbox } from "./outbox.ts";
import { jobDeletion } from "../protocols/nostr/job_deletion.ts";
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
export function deletionOf(job: Columns, atMs: number) {
  return jobDeletion({
    eventId: job.event_id as string,
    kind: job.kind as number,
    buyer: job.buyer as string,
    provider: job.provider as string | null,
    createdAtMs: job.created_at_ms as number,
    timeoutS: job.timeout_s as number,
    request: job.request as Uint8Array,
  }, atMs);
}
