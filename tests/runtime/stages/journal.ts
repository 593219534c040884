/** Test service: an idempotent store of effects and of settlements. */
import { defineService } from "../../../base/service.ts";

export interface Journal {
  /** Once per key; false when it was there already. */
  effect(key: string): Promise<boolean>;
  settled(list: [number, string][], nextCursor: number): Promise<void>;
  cursor(): Promise<number>;
  commit(changes: { op: string; bytes: Uint8Array; reason: string }[]): Promise<void>;
  /** Counts a visit to a name and returns how many there were before. */
  visit(name: string): Promise<number>;
  report(): Promise<JournalReport>;
  /** Computes for so long, so that nothing else is received. */
  block(ms: number): Promise<void>;
  crash(): Promise<void>;
  fail(): Promise<void>;
}

export interface JournalReport {
  readonly effects: number;
  readonly repeatedEffects: number;
  readonly settled: Record<string, number>;
  readonly settledTwice: number;
  readonly cursor: number;
  readonly quarantined: string[];
}

/**
 * Returns the report once the cursor has arrived. A source does not wait for the journal, so its last messages may
 * still be under way when the pipeline is done. Waits two minutes at most.
 */
export async function reportAt(
  journal: Pick<Journal, "report">,
  cursor: number,
): Promise<JournalReport> {
  for (let i = 0;; i++) {
    const report = await journal.report();
    if (report.cursor >= cursor || i === 2_400) return report;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const definition = defineService<{ note?: string }, Journal>({
  name: "journal",
  permissions: () => ({}),
  methods: [
    "effect",
    "settled",
    "cursor",
    "commit",
    "visit",
    "report",
    "block",
    "crash",
    "fail",
  ],
  start(options) {
    if (options?.note === "refuse") {
      return Promise.reject(Object.assign(new Error("no"), { code: "locked" }));
    }
    const effects = new Set<string>();
    const outcomes = new Map<number, string>();
    const visits = new Map<string, number>();
    const quarantined: string[] = [];
    let repeatedEffects = 0;
    let settledTwice = 0;
    let cursor = 0;
    const now = <T>(value: T) => Promise.resolve(value);
    return now<Journal>({
      effect(key) {
        if (effects.has(key)) repeatedEffects++;
        return now(effects.size < effects.add(key).size);
      },
      settled(list, nextCursor) {
        for (const [number, outcome] of list) {
          if (outcomes.has(number)) settledTwice++;
          outcomes.set(number, outcome);
        }
        cursor = Math.max(cursor, nextCursor);
        return now(undefined);
      },
      cursor: () => now(cursor),
      commit(changes) {
        for (const { bytes } of changes) quarantined.push(new TextDecoder().decode(bytes));
        return now(undefined);
      },
      visit(name) {
        const before = visits.get(name) ?? 0;
        visits.set(name, before + 1);
        return now(before);
      },
      report() {
        const settled: Record<string, number> = {};
        for (const outcome of outcomes.values()) settled[outcome] = (settled[outcome] ?? 0) + 1;
        const effectCount = effects.size;
        return now({
          effects: effectCount,
          repeatedEffects,
          settled,
          settledTwice,
          cursor,
          quarantined,
        });
      },
      block(ms) {
        const until = performance.now() + ms;
        while (performance.now() < until);
        return now(undefined);
      },
      crash() {
        setTimeout(() => {
          throw new Error("journal crashed");
        });
        return now(undefined);
      },
      fail: () => Promise.reject(Object.assign(new Error("not now"), { name: "E", code: "full" })),
    });
  },
});

/** The same, in a worker that it may share. */
export const sharedDefinition = { ...definition, name: "shared-journal", shares: true };
