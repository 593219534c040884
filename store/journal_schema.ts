/**
 * The tables of the journal: rows that only come at the end, each with the hash of the one before, and never change. Those that were
 * taken out at its beginning are stood for by the base. The triggers hold this against every writer, not only ours.
 *
 * @module
 */

import { CHECKPOINTS } from "./checkpoint_table.ts";
import { OUTGOING } from "./packet_tables.ts";

/** SQL of the step that makes them. */
export const JOURNAL_TABLES = `
  ${OUTGOING.add("about")}

  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    type TEXT NOT NULL,
    job_id TEXT,
    channel_id TEXT,
    event_id TEXT,
    kind INTEGER,
    bytes INTEGER,
    amount_units TEXT,
    balance_units TEXT,
    outcome TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL,
    facts_id INTEGER,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_job ON journal (job_id, seq) WHERE job_id IS NOT NULL;
  CREATE INDEX journal_channel ON journal (channel_id, seq) WHERE channel_id IS NOT NULL;

  CREATE TABLE journal_facts (
    facts_id INTEGER NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_facts_channel ON journal_facts (channel, facts_id);

  CREATE TABLE journal_base (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 0),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    spent TEXT NOT NULL,
    earned TEXT NOT NULL
  ) STRICT;

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

/** The step after: jobs' entries by their provider, so that what was paid to one is found without reading all of them. */
export const JOURNAL_PROVIDER_INDEX = `
  CREATE INDEX journal_provider ON journal (data ->> 'provider', job_id) WHERE type = 'job';
`;
