/** A market of one process for sequences: a real store, announced providers, and the outcome of each job as the test decides. */
import { M2M } from "../../../protocols/ilp/asset.ts";
import type { Pubkey } from "../../../protocols/nostr/event.ts";
import type { SequenceRunnerDeps } from "../../../market/sequences/sequence_runner.ts";
import type { SequenceDocument } from "../../../market/sequences/sequence_document.ts";
import { newSequence } from "../../../market/sequences/sequence_row.ts";
import type { Announcement } from "../../../market/announcement.ts";
import { intake } from "../../../market/intake.ts";
import { isEnded } from "../../../protocols/job_status.ts";
import type { Change, Store } from "../../../store/store.ts";
import type { JobRow } from "../../../store/job_row.ts";

/** Who buys. */
export const BUYER = "b".repeat(64) as Pubkey;
/** The price of each provider for a job in units, the cheapest first. */
export const PRICES = [100n, 200n, 300n];
/** Their keys. */
export const PROVIDERS = PRICES.map((_, n) => String(n + 1).repeat(64));
/** Nothing else costs anything: the relay is free. */
const RELAY = { pubkey: "a".repeat(64), ilpAddress: "test.relay", priceUnitsPerByte: 0n };

/** What becomes of a job once it was paid. */
export interface Fate {
  readonly status: Extract<JobRow["status"], "success" | "error" | "timeout" | "refused">;
  readonly content?: string;
  readonly exitCode?: number;
}

/** Decides the outcome of a job. */
export type Fates = (job: JobRow) => Fate;

/** A request's text. */
export function inputOf({ request }: JobRow): string {
  const { tags } = JSON.parse(new TextDecoder().decode(request)) as { tags: string[][] };
  return tags.find(([name]) => name === "i")?.[1] ?? "";
}

/** What a runner needs, over a store. Each look at the clock is a second. */
export function runnerOn(
  store: SequenceRunnerDeps["store"],
  nowS = 1_770_000_000,
): SequenceRunnerDeps & {
  readonly logs: string[];
} {
  let ticks = 0;
  const clock = () => (nowS + ticks++) * 1_000;
  const logs: string[] = [];
  const announced = (): Announcement[] =>
    PROVIDERS.map((pubkey, n) => ({
      pubkey,
      // Announced now, whatever the runner's clock says: providers are chosen by the machine's.
      createdAtS: Math.floor(Date.now() / 1_000),
      expiresAtS: 9_999_999_999,
      prices: [{ kind: 5600, flatUnits: PRICES[n], unitsPerKib: 0n }],
      unpriced: [],
      offline: false,
      tags: [],
      platform: null,
      builds: [],
      sandbox: null,
      ilpAddress: `test.${n}`,
      name: "",
      about: "",
    }));
  return {
    buyer: {
      network: "dev",
      pubkey: BUYER,
      prices: { write: "ilp", relay: RELAY },
      relays: ["ws://relay"],
      limitBytes: 32_767,
      spending: { jobUnits: 10n ** 9n, providerDayUnits: 10n ** 9n, asset: M2M },
    },
    store,
    relayReader: { announcements: () => Promise.resolve(announced()) },
    intake: intake({ clock }),
    readResult: (_kind, document) =>
      Promise.resolve({ event_id: "r", content: new TextDecoder().decode(document) }),
    clock,
    log: (_level, msg, fields) => void logs.push(`${msg} ${JSON.stringify(fields ?? {})}`),
    // A waiting task lets the other tasks run.
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    logs,
  };
}

/** Makes a sequence durable; its id. */
export async function putSequence(
  store: Pick<Store, "commit">,
  document: SequenceDocument,
  budgetUnits: bigint | null = null,
): Promise<string> {
  const change = newSequence(document, {
    network: "dev",
    budgetUnits,
    nowMs: 1_770_000_000_000,
    salt: "",
    unique: crypto.randomUUID(),
  });
  await store.commit([change]);
  return change.row.sequenceId;
}

/** Pays the rows of the outbox and gives each job its outcome. Returns how many jobs changed. */
export async function play(store: Store, fates: Fates): Promise<number> {
  const rows = await store.pendingOutbox(0, 256, 0);
  for (const { outboxId, jobId, purpose } of rows) {
    const patch: Partial<JobRow> = purpose === "job" ? { jobPaid: true } : { status: "posted" };
    await store.commit([
      { op: "settleOutbox", outboxId, state: "done", detail: null },
      { op: "patchJob", jobId: jobId!, role: "buyer", patch },
    ]);
  }
  const jobs = (await store.listJobs({ role: "buyer", limit: 1_000 }))
    .filter(({ status, jobPaid }) => jobPaid && !isEnded(status));
  for (const job of jobs) {
    const { status, content, exitCode } = fates(job);
    const result = status === "success"
      ? { result: new TextEncoder().encode(content ?? inputOf(job)), resultEventId: "r" }
      : { errorCode: status, errorMessage: `it ended as ${status}` };
    const patch = { status, ...result, exitCode: exitCode ?? null };
    await store.commit([{ op: "patchJob", jobId: job.jobId, role: "buyer", patch }]);
  }
  return jobs.length;
}

/** Plays until the sequence has ended. */
export async function playToEnd(store: Store, sequenceId: string, fates: Fates): Promise<void> {
  for (;;) {
    const state = await store.sequence(sequenceId);
    if (state === null || state.sequence.status !== "running") return;
    if (await play(store, fates) === 0) {
      await store.watchSequence(sequenceId, state.sequence.updatedAtMs, 50);
    }
  }
}

/** A store whose process dies at its nth commit: before the commit, or after it and before it is reported. */
export function dyingAt(
  store: Store,
  nth: number,
  when: "before" | "after",
): { readonly store: Store; readonly died: Promise<void> } {
  let count = 0;
  const died = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  return {
    died: died.promise,
    store: {
      ...store,
      async commit(changes: readonly Change[]) {
        if (++count < nth) return await store.commit(changes);
        if (count === nth && when === "after") await store.commit(changes).catch(() => undefined);
        died.resolve();
        return await never;
      },
    },
  };
}
