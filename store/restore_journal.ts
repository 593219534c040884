/**
 * Restores a journal into a store that was built anew: earlier entries with their numbers and hashes. The triggers check that they follow
 * each other.
 *
 * @module
 */
import { CHECKPOINTS } from "./checkpoint_table.ts";
import type { Database } from "./database.ts";
import type { CheckpointRow, JournalEntry } from "./journal_row.ts";
import { JOURNAL, JOURNAL_BASE, JOURNAL_FACTS } from "./journal_tables.ts";
import { SUMS } from "./named_tables.ts";

/** Where a restored journal begins. */
interface RestoredBase {
  /** The entry before the first restored one, and its hash; 0 and zeros for a whole journal. */
  readonly seq: number;
  /** See `seq`. */
  readonly hash: string;
  readonly atMs: number;
  /** What was paid and earned up to that entry. */
  readonly spentUnits: bigint;
  /** See `spentUnits`. */
  readonly earnedUnits: bigint;
}

/** Restores a journal in one transaction; returns its number of entries. The store must have none. */
export async function restoreJournal(
  db: Database,
  base: RestoredBase,
  entries: AsyncIterable<JournalEntry>,
  checkpoints: readonly CheckpointRow[],
): Promise<number> {
  db.run("BEGIN IMMEDIATE");
  try {
    const { seq, hash, atMs, spentUnits: spent, earnedUnits: earned } = base;
    const first = { only: 0, seq, hash, atMs, spent, earned } as const;
    db.run(JOURNAL_BASE.insert, ...JOURNAL_BASE.values(first));
    const facts = new Map<string, number>();
    let count = 0;
    for await (const entry of entries) {
      insert(db, entry, factsOf(db, facts, entry));
      count += 1;
    }
    for (const row of checkpoints) {
      db.run(CHECKPOINTS.insert, ...Object.values(CHECKPOINTS.columns(row)));
    }
    db.run("COMMIT");
    return count;
  } catch (error) {
    if (db.inTransaction) db.run("ROLLBACK");
    throw error;
  }
}

/** Restores the running sums of a store whose packets are lost. */
export function restoreSums(db: Database, spentUnits: bigint, earnedUnits: bigint): void {
  for (const [name, value] of [["spent", spentUnits], ["earned", earnedUnits]] as const) {
    db.run(SUMS.upsert, ...SUMS.values({ name, value }));
  }
}

function insert(db: Database, entry: JournalEntry, factsId: number | null): void {
  const row = { ...entry, factsId, data: JSON.stringify(entry.data) };
  db.run(JOURNAL.insert, ...JOURNAL.values(row));
}

/** A row for the channel, by which its entries are found. It is empty, because each restored entry's own data contains the facts. */
function factsOf(db: Database, known: Map<string, number>, { data }: JournalEntry): number | null {
  const channel = data.onchain_id;
  if (typeof channel !== "string") return null;
  const found = known.get(channel);
  if (found !== undefined) return found;
  const row = { factsId: 0, channel, data: "{}" };
  db.run(JOURNAL_FACTS.insert, ...JOURNAL_FACTS.values(row));
  const id = db.get("SELECT last_insert_rowid() AS id")!.id as number;
  known.set(channel, id);
  return id;
}
