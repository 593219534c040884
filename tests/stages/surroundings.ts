/** The surroundings of a tested stage: a real store in its own folder, and a context that records calls. */
import { openSqliteStore } from "../../store/sqlite_store.ts";
import type { Change, OpenStore } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Item, Settlement, StageContext } from "../../stages/stage.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { PROVIDER } from "../market/market.ts";

export interface Surroundings extends AsyncDisposable {
  readonly store: OpenStore;
  readonly context: StageContext;
  readonly settled: Settlement[];
  readonly counters: Record<string, number>;
  readonly logs: { readonly msg: string; readonly fields: Readonly<Record<string, unknown>> }[];
  readonly abort: AbortController;
  nowMs: number;
  /** Resolves when `count` items were settled; by sequence number. */
  untilSettled(count: number): Promise<Settlement[]>;
  /** Reports settlements to a source. */
  tell(...settled: Settlement[]): void;
}

export async function surroundings(nowMs = 1_770_000_000_000): Promise<Surroundings> {
  const folder = await Deno.makeTempDir({ prefix: "crosstown-stage-" });
  const settled: Settlement[] = [];
  const listeners: ((settled: readonly Settlement[]) => void)[] = [];
  const waiting: { count: number; resolve: (settled: Settlement[]) => void }[] = [];
  const counters: Record<string, number> = {};
  const abort = new AbortController();
  const logs: Surroundings["logs"] = [];
  const sorted = () => settled.toSorted((a, b) => a.seq - b.seq);
  let now = () => nowMs;
  const store = await openSqliteStore({ folder, clock: () => now() });
  const made: Surroundings = {
    store,
    settled,
    counters,
    logs,
    abort,
    nowMs,
    context: {
      clock: () => made.nowMs,
      log: (_level, msg, fields = {}) => void logs.push({ msg, fields }),
      count: (counter, by = 1) => counters[counter] = (counters[counter] ?? 0) + by,
      signal: abort.signal,
      settlements: {
        settle(list) {
          settled.push(...list);
          for (const { count, resolve } of waiting) if (settled.length >= count) resolve(sorted());
        },
        onSettled: (listener) => void listeners.push(listener),
      },
    },
    untilSettled(count) {
      if (settled.length >= count) return Promise.resolve(sorted());
      return new Promise((resolve) => waiting.push({ count, resolve }));
    },
    tell(...list) {
      for (const listener of listeners) listener(list);
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await made.store.close().catch(() => {});
      await Deno.remove(folder, { recursive: true });
    },
  };
  now = () => made.nowMs;
  return made;
}

/** One store for all contract runs of a file, which do not change it. */
export async function sharedStore(changes: readonly Change[] = []): Promise<OpenStore> {
  const folder = await Deno.makeTempDir({ prefix: "crosstown-contract-" });
  const store = await openSqliteStore({ folder, clock: () => Date.now() });
  if (changes.length > 0) await store.commit(changes);
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return store;
}

/** A write of a job, as jobSource hands it on and the stages after it complete it. */
export function outgoingItem(seq: number, known: Item["known"], bytes = `document ${seq}`): Item {
  return { seq, bytes: new TextEncoder().encode(bytes), known };
}

/** The packet of 5,000 units with which a buyer sends an order of its own, e.g. of a key or an increment. */
export function orderItem(order: NostrEvent, jobId: string, outboxId: number): Item {
  const known = {
    id: order.id,
    kind: order.kind,
    job_id: jobId,
    outbox_id: outboxId,
    purpose: "job",
    destination: "g.p",
    terminal: PROVIDER,
    amount_units: "5000",
  };
  return outgoingItem(1, known, JSON.stringify(order));
}

/** Adds an outbox row and returns its number. */
export async function addRow(
  store: OpenStore,
  row: Partial<Extract<Change, { op: "addOutbox" }>["row"]> = {},
): Promise<number> {
  await store.commit([{
    op: "addOutbox",
    row: {
      jobId: null,
      purpose: "write",
      event: new TextEncoder().encode("{}"),
      destination: "test.relay",
      terminalPubkey: "a".repeat(64),
      amountUnits: null,
      createdAtMs: 1,
      ...row,
    },
  }]);
  return (await store.pendingOutbox(0, 1_000, 0)).at(-1)!.outboxId;
}

/** Numbers of the rows that wait. */
export async function pending(store: OpenStore): Promise<number[]> {
  return (await store.pendingOutbox(0, 1_000, 0)).map(({ outboxId }) => outboxId);
}

/** Patches a job, as somebody else would meanwhile. */
export function patch(store: OpenStore, row: JobRow, fields: Partial<JobRow>): Promise<void> {
  return store.commit([{ op: "patchJob", jobId: row.jobId, role: row.role, patch: fields }]);
}
