/**
 * Several reads of the store in one call. They see the same state, cost one message in each direction, and take SQLite's locks once.
 *
 * @module
 */
import { merged } from "../base/merged.ts";
import type { Database } from "./database.ts";
import type { Store } from "./store.ts";
import { StoreError } from "./store_error.ts";
import { type QuestionTo, READ_TOGETHER } from "./together_reads.ts";

/** The most questions in one call. */
const MAX_TOGETHER = 64;

/** A read of the store and its arguments. */
export type Question = QuestionTo<Store>;

/**
 * The same store, whose simple reads become one call if they are made in the same turn. It is for a worker that handles many packets or
 * documents side by side.
 */
export function mergedReads<Reads extends Store>(store: Reads): Reads {
  const ask = merged<Question, unknown>((asked) => store.readTogether(...asked), MAX_TOGETHER);
  const reads = new Map<unknown, unknown>([
    ["readTogether", (...asked: readonly Question[]) => ask(asked)],
    ...READ_TOGETHER.map((name) =>
      [
        name,
        async (...args: unknown[]) => (await ask([[name, ...args] as unknown as Question]))[0],
      ] as const
    ),
  ]);
  return new Proxy(store, { get: (own, name) => reads.get(name) ?? Reflect.get(own, name) });
}

/** Makes it over one connection from its reads, which have read everything when they return their promises. */
export function readTogether(
  db: Database,
  reads: Partial<Record<string, unknown>>,
): (asked: readonly Question[]) => Promise<unknown[]> {
  return async (asked) => {
    if (asked.length > MAX_TOGETHER || !asked.every(([name]) => READ_TOGETHER.includes(name))) {
      throw new StoreError("invalid", `at most ${MAX_TOGETHER} known reads are asked together`);
    }
    db.run("BEGIN");
    let answers: unknown[];
    try {
      answers = asked.map(([name, ...args]) =>
        (reads[name] as (...args: unknown[]) => unknown)(...args)
      );
    } finally {
      db.run("COMMIT");
    }
    return await Promise.all(answers);
  };
}
