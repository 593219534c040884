/**
 * The tables of the journal: rows are only appended, each with the hash of the row before, and never change. The base stands for entries
 * that were removed at the beginning. The triggers enforce this against every writer, not only ours.
 *
 * @module
 */

import { CHECKPOINTS } from "./checkpoint_table.ts";
import { signedInteger } from "./checks.ts";
import type { Field, Marks } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { DescribedField } from "../base/table/described_fields.ts";
import { JOURNAL_TYPES, type JournalLine } from "./journal_row.ts";
import { OUTGOING } from "./packet_tables.ts";

/** An entry as it is stored. The facts of its channel are a separate row. */
interface StoredEntry extends JournalLine {
  /** The row of `journal_facts`. */
  readonly factsId: number | null;
  /** JSON. Its bytes are kept as they were written. */
  readonly data: string;
}

/** Entries. */
export const JOURNAL = defineTable<StoredEntry>("journal", {
  row: (column) => ({
    seq: column.rowKey("seq"),
    atMs: column.whole("at_ms"),
    type: column.word("type", JOURNAL_TYPES),
    jobId: column.textOrNull("job_id"),
    channelId: column.textOrNull("channel_id"),
    eventId: column.textOrNull("event_id"),
    kind: column.wholeOrNull("kind"),
    bytes: column.wholeOrNull("bytes"),
    amountUnits: column.signedAmountOrNull("amount_units"),
    balanceUnits: column.signedAmountOrNull("balance_units"),
    outcome: column.text("outcome"),
    prev: column.text("prev"),
    hash: column.text("hash"),
    factsId: column.wholeOrNull("facts_id"),
    data: column.text("data"),
  }),
  options: "STRICT",
});

/** The facts of a channel at the time when entries were written. */
interface FactsRow {
  /** Assigned by the database. */
  readonly factsId: number;
  /** Its on-chain id, or the hash of its opening transaction. */
  readonly channel: string;
  /** JSON of a JournalData. */
  readonly data: string;
}

const FACTS_ID: Marks = { key: true, given: true };

/** Facts of channels. */
export const JOURNAL_FACTS = defineTable<FactsRow>("journal_facts", {
  row: (column) => ({
    factsId: column.whole("facts_id", FACTS_ID),
    channel: column.text("channel"),
    data: column.text("data"),
  }),
  options: "STRICT",
});

/** The sums of the entries that were removed. */
interface BaseRow {
  /** There is one such row. */
  readonly only: 0;
  /** The last removed entry: number, hash and time; 0 if none was removed. */
  readonly seq: number;
  readonly hash: string;
  readonly atMs: number;
  /** What was paid and earned up to that entry. */
  readonly spent: bigint;
  readonly earned: bigint;
}

const ONLY: Field<0> & DescribedField = {
  columns: [["only", "INTEGER NOT NULL PRIMARY KEY CHECK (only = 0)"]],
  write: signedInteger,
  read: () => 0,
};

/** Where the journal begins. */
export const JOURNAL_BASE = defineTable<BaseRow>("journal_base", {
  row: (column) => ({
    only: column.field(ONLY),
    seq: column.whole("seq"),
    hash: column.text("hash"),
    atMs: column.whole("at_ms"),
    spent: column.amount("spent"),
    earned: column.amount("earned"),
  }),
  options: "STRICT",
});

/** The migration that creates them. */
export const JOURNAL_TABLES = `
  ${OUTGOING.add("about")}

  ${JOURNAL.sql}
  CREATE INDEX journal_job ON journal (job_id, seq) WHERE job_id IS NOT NULL;
  CREATE INDEX journal_channel ON journal (channel_id, seq) WHERE channel_id IS NOT NULL;

  ${JOURNAL_FACTS.sql}
  CREATE INDEX journal_facts_channel ON journal_facts (channel, facts_id);

  ${JOURNAL_BASE.sql}

  ${CHECKPOINTS.sql}

  CREATE TRIGGER journal_keeps_order BEFORE INSERT ON journal
  WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM journal), (SELECT seq FROM journal_base), -1)
    OR NEW.prev <> coalesce(
      (SELECT hash FROM journal WHERE seq = NEW.seq - 1),
      (SELECT hash FROM journal_base WHERE seq = NEW.seq - 1),
      ''
    )
  BEGIN SELECT RAISE(ABORT, 'a journal entry does not follow the one before'); END;
  CREATE TRIGGER journal_never_changes BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'a journal entry never changes'); END;
  CREATE TRIGGER journal_is_kept BEFORE DELETE ON journal
  WHEN OLD.seq > coalesce((SELECT seq FROM journal_base), 0)
  BEGIN SELECT RAISE(ABORT, 'a journal entry above the base is kept'); END;
  CREATE TRIGGER checkpoint_never_changes BEFORE UPDATE ON checkpoints
  BEGIN SELECT RAISE(ABORT, 'a checkpoint never changes'); END;
`;

/** A later migration: indexes job entries by provider, so that payments to one provider are found without reading all of them. */
export const JOURNAL_PROVIDER_INDEX = `
  CREATE INDEX journal_provider ON journal (data ->> 'provider', job_id) WHERE type = 'job';
`;
