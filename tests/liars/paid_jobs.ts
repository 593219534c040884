/** Payments of the buyer of a market of liars. */
import type { JobRow } from "../../store/job_row.ts";
import type { OpenStore } from "../../store/store.ts";
import type { Party } from "./parties.ts";

/** Pays the rows of the outbox, and yields each paid job. A provider that raised its price refuses, and the next one is asked. */
export async function* paidJobs(
  { store, world, parties }: {
    readonly store: OpenStore;
    readonly world: { nowMs: number };
    readonly parties: readonly Party[];
  },
): AsyncGenerator<JobRow> {
  for (;;) {
    const [row] = await store.pendingOutbox(0, 1, 0);
    if (row === undefined) return;
    const job = (await store.getJob(row.jobId!, "buyer"))!;
    const done = { op: "settleOutbox", outboxId: row.outboxId, detail: null } as const;
    const patch = (
      patch: Partial<JobRow>,
    ) => ({ op: "patchJob", jobId: job.jobId, role: "buyer", patch } as const);
    const atMs = ++world.nowMs;
    if (row.purpose === "write") {
      const writeUnits = job.writeUnits + 800n;
      const posted = job.status === "created" ? { status: "posted" as const } : {};
      await store.commit([
        { ...done, state: "done" },
        patch({ ...posted, writeUnits, updatedAtMs: atMs }),
      ]);
      continue;
    }
    const { behaviour } = parties.find(({ pubkey }) => pubkey === job.provider)!;
    if (behaviour === "raises") {
      const why = { code: "price_not_met", message: "it costs more now" };
      await store.commit([{ ...done, state: "failed", detail: why.code }, {
        op: "passJobOn",
        jobId: job.jobId,
        eventId: job.eventId,
        ...why,
        atMs,
        otherwise: {
          status: "refused",
          errorCode: why.code,
          errorMessage: why.message,
          updatedAtMs: atMs,
        },
      }]);
      continue;
    }
    await store.commit([
      { ...done, state: "done" },
      patch({ status: "paid", jobPaid: true, updatedAtMs: atMs }),
    ]);
    yield job;
  }
}
