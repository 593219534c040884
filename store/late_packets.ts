/**
 * Payments that outlive their job. The job's time is over, so its outbox row is settled as failed, but the packet is still sent until it is
 * answered. The commit that closes the packet books the amount on the job, so that the job shows its full cost.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { patchJob } from "./job_changes.ts";
import { LATE_PACKETS } from "./late_packet_table.ts";
import type { LatePacket } from "./packet_row.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";
import type { OutgoingPacketRow } from "./store.ts";

/** Gives up the outbox row of this payment. Amounts already fulfilled are booked on the job now, the rest later. */
export function giveUpPacket(context: ChangeContext, late: LatePacket): void {
  const { db } = context;
  const { obligation } = late;
  const values = LATE_PACKETS.values(late);
  const packets = db.all(
    `SELECT state, amount FROM outgoing WHERE obligation = ? AND ${COUNTS_AS_PAID}`,
    obligation,
  );
  for (const { state, amount } of packets) {
    if (state === "fulfilled") book(context, late, BigInt(amount as string));
  }
  if (packets.every(({ state }) => state !== "open")) return;
  db.run(`${LATE_PACKETS.insert} ON CONFLICT DO NOTHING`, ...values);
}

/** A packet has its outcome. If its job no longer waited for it, the amount is booked on the job. */
export function endLatePacket(
  context: ChangeContext,
  { obligation, amount, state }: Pick<OutgoingPacketRow, "obligation" | "amount" | "state">,
): void {
  const { db } = context;
  const row = db.get("SELECT * FROM late_packets WHERE obligation = ?", obligation);
  if (row === null) return;
  db.run("DELETE FROM late_packets WHERE obligation = ?", obligation);
  if (state === "fulfilled") book(context, LATE_PACKETS.row(row), amount);
}

function book(context: ChangeContext, late: LatePacket, amount: bigint): void {
  const { obligation, jobId, role } = late;
  const job = context.db.get(
    "SELECT event_id, write_units FROM jobs WHERE job_id = ? AND role = ?",
    jobId,
    role,
  );
  if (job === null) return;
  // The clock is not used, so that the job's duration does not grow.
  const updatedAtMs = 0;
  if (obligation.startsWith("write:")) {
    const writeUnits = BigInt(job.write_units as string) + amount;
    return patchJob(context, jobId, role, { writeUnits, updatedAtMs });
  }
  // A payment to an earlier provider of the job is recorded with that attempt.
  if (obligation === `job:${job.event_id}`) {
    patchJob(context, jobId, role, { jobPaid: true, updatedAtMs });
  }
}
