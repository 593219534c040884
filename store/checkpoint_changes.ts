/**
 * Writes checkpoints: signatures over the journal.
 *
 * @module
 */
import { CHECKPOINTS } from "./checkpoint_table.ts";
import type { ChangeContext } from "./change_context.ts";
import type { CheckpointRow } from "./journal_row.ts";
import { StoreError } from "./store_error.ts";

/** Writes a checkpoint of a journal entry that has this hash. Writing the same one again changes nothing. */
export function putCheckpoint({ db }: ChangeContext, row: CheckpointRow): void {
  const columns = CHECKPOINTS.columns(row);
  const entry = db.get("SELECT hash FROM journal WHERE seq = ?", columns.seq);
  if (entry?.hash !== columns.hash) {
    throw new StoreError(
      "conflict",
      `no journal entry ${row.seq} has the hash of this checkpoint`,
    );
  }
  db.run(`${CHECKPOINTS.insert} ON CONFLICT DO NOTHING`, ...Object.values(columns));
}
