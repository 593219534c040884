/**
 * Payments that outlive what they were made for: the outbox row is settled as failed, since the job's time is over, while the packet is
 * still asked for. What it then comes to is booked on the job in the commit that closes the packet, so that the job says what it cost.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { patchJob } from "./job_changes.ts";
import { LATE_PACKETS } from "./late_packet_table.ts";
import type { LatePacket } from "./packet_row.ts";
import type { OutgoingPacketRow } from "./store.ts";

/** The outbox row of this payment is given up, and nothing of it is booked on its job: what was fulfilled is booked now, the rest later. */
export function giveUpPacket(context: ChangeContext, late: LatePacket): void {
  const { db } = context;
  const { obligation } = late;
  const values = LATE_PACKETS.values(late);
  const packets = db.all(
    "SELECT state, amount FROM outgoing WHERE obligation = ? AND state <> 'refused'",
    obligation,
  );
  for (const { state, amount } of packets) {
    if (state === "fulfilled") book(context, late, BigInt(amount as string));
  }
  if (packets.every(({ state }) => state !== "open")) return;
  db.run(`${LATE_PACKETS.insert} ON CONFLICT DO NOTHING`, ...values);
}

/** A packet has its outcome: it is booked where its job did not wait for it. */
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
  // The job did not go on: it took as long as it took.
  const updatedAtMs = 0;
  if (obligation.startsWith("write:")) {
    const writeUnits = BigInt(job.write_units as string) + amount;
    return patchJob(context, jobId, role, { writeUnits, updatedAtMs });
  }
  // What an earlier provider of the job was paid stands with that attempt.
  if (obligation === `job:${job.event_id}`) {
    patchJob(context, jobId, role, { jobPaid: true, updatedAtMs });
  }
}
