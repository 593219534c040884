/**
 * Signed places of the journal in a commit.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { CheckpointRow } from "./journal_row.ts";
import { type Check, invalid, text, whole } from "./rows.ts";
import { StoreError } from "./store_error.ts";

const hex = (digits: number): Check => (field, value) => {
  if (typeof value === "string" && new RegExp(`^[0-9a-f]{${digits}}$`).test(value)) return value;
  throw invalid(field, `${digits} lowercase hex digits`, value);
};

/** Writes a checkpoint over an entry that stands so; telling it again changes nothing. */
export function putCheckpoint({ db }: ChangeContext, row: CheckpointRow): void {
  const seq = whole("seq", row.seq);
  const hash = hex(64)("hash", row.hash);
  const entry = db.get("SELECT hash FROM journal WHERE seq = ?", seq);
  if (entry?.hash !== hash) {
    throw new StoreError("conflict", `no journal entry ${seq} has the hash of this checkpoint`);
  }
  db.run(
    `INSERT INTO checkpoints (seq, hash, commit_id, signature, pubkey, at_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
    seq,
    hash,
    row.commit === null ? null : text("commit", row.commit),
    hex(128)("signature", row.signature),
    hex(64)("pubkey", row.pubkey),
    whole("atMs", row.atMs),
  );
}
