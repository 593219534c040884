/** What the runs of a provider leave in its store, in a market of all payment modes. */
import { deflate } from "../../market/logs/deflate.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { OpenStore } from "../../store/store.ts";
import type { PayingProvider } from "./paying_provider.ts";

/** Stores output as a run's log does: no piece goes beyond the end of an increment. */
export async function storeOutput(
  store: OpenStore,
  { jobId }: JobRow,
  offset: number,
  size: number,
): Promise<void> {
  const cut = (at: number) => Math.min(offset + size, (Math.floor(at / 1_024) + 1) * 1_024);
  for (let at = offset; at < offset + size; at = cut(at)) {
    const piece = new Uint8Array(cut(at) - at).fill(65);
    const row = { jobId, role: "provider", offset: at, sizeBytes: piece.length } as const;
    const deflated = await deflate(piece);
    await store.commit([{ op: "addJobLog", row: { ...row, deflated } }]);
  }
}

/** A run that says that it has used up every increment, and prints nothing. */
export function onlyClaims(
  { party: { store }, mode }: PayingProvider,
  row: JobRow,
): () => Promise<boolean> {
  return async () => {
    const meter = await store.meterOf(row.eventId, "provider");
    const used = mode === "kib" ? 1 << 20 : 86_400_000;
    if (meter !== null && meter.usedMs + meter.usedBytes === 0) {
      await store.commit([{ op: "meterRun", eventId: row.eventId, used, stoppedAt: null }]);
    }
    return false;
  };
}
