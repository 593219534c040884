/**
 * What the quarantine keeps of a document beside its bytes: which stage gave it, with what it knew of it, and whether it is to be
 * given once more.
 *
 * @module
 */

/** SQL of the columns. */
export const QUARANTINE_COLUMNS = `
  ALTER TABLE quarantine ADD COLUMN source TEXT NOT NULL DEFAULT '';
  ALTER TABLE quarantine ADD COLUMN known TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE quarantine ADD COLUMN retry INTEGER NOT NULL DEFAULT 0;
`;
