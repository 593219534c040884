/**
 * Reads sequences.
 *
 * @module
 */
import { larger } from "../base/amount.ts";
import type { Database } from "./database.ts";
import type {
  SequenceAttempt,
  SequenceFilter,
  SequenceHead,
  SequenceReads,
  SequenceState,
  SequenceStepRow,
} from "./sequence_row.ts";
import { isEnded, type JobStatus } from "../protocols/job_status.ts";
import { text, whole } from "./checks.ts";
import { SEQUENCE_ATTEMPTS, SEQUENCE_STEPS, SEQUENCES } from "./sequence_tables.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import { StoreError } from "./store_error.ts";

const DEFAULT_LIST = 100;
const MAX_LIST = 10_000;

/** The reads that do not wait. The waiting reads call the methods below. */
export interface SequenceQueries
  extends Pick<SequenceReads, "sequence" | "sequenceByKey" | "listSequences"> {
  /** Used by runningSequences(); null if there is none. */
  runningSequences(network: string, except: readonly string[], limit: number): string[] | null;
  /** Used by watchSequence(). */
  sequenceState(sequenceId: string): SequenceState | null;
}

/** Makes the reads over one connection. */
export function createSequenceQueries(db: Database): SequenceQueries {
  const sequenceState = (sequenceId: string): SequenceState | null => {
    const row = db.get("SELECT * FROM job_chains WHERE chain_id = ?", sequenceId);
    if (row === null) return null;
    const steps = db.all(
      "SELECT * FROM job_chain_steps WHERE chain_id = ? ORDER BY position",
      sequenceId,
    );
    return {
      sequence: SEQUENCES.row(row),
      steps: steps.map(stepOf),
      attempts: attemptsOf(db, sequenceId),
    };
  };
  return {
    sequenceState,
    // deno-lint-ignore require-await
    async sequence(idOrPrefix) {
      const prefix = text("idOrPrefix", idOrPrefix);
      if (prefix === "") return null;
      const whole = sequenceState(prefix);
      if (whole !== null) return whole;
      const found = db.all(
        "SELECT chain_id FROM job_chains WHERE chain_id >= ? AND chain_id < ? ORDER BY chain_id LIMIT 5",
        prefix,
        `${prefix}\uffff`,
      ).map(({ chain_id }) => chain_id as string);
      if (found.length > 1) {
        throw new StoreError(
          "ambiguous",
          `"${prefix.slice(0, 72)}" fits several sequences: ${found.slice(0, 4).join(", ")}`,
        );
      }
      return found.length === 0 ? null : sequenceState(found[0]);
    },
    // deno-lint-ignore require-await
    async sequenceByKey(key, sinceMs) {
      const row = db.get(
        `SELECT chain_id FROM job_chains
         WHERE key = ? AND (status = 'running' OR status = 'success' AND created_at_ms > ?)
         ORDER BY status = 'running' DESC, created_at_ms DESC LIMIT 1`,
        text("key", key),
        whole("sinceMs", sinceMs),
      );
      return row === null ? null : row.chain_id as string;
    },
    // deno-lint-ignore require-await
    async listSequences(filter) {
      return listed(db, filter);
    },
    runningSequences(network, except, limit) {
      const rows = db.all(
        `SELECT chain_id FROM job_chains WHERE status = 'running' AND network = ?
           AND chain_id NOT IN (SELECT value FROM json_each(?)) ORDER BY created_at_ms, chain_id LIMIT ?`,
        text("network", network),
        JSON.stringify(except),
        whole("limit", limit),
      );
      return rows.length === 0 ? null : rows.map(({ chain_id }) => chain_id as string);
    },
  };
}

/** The jobs of a sequence, in order of their steps. */
export function attemptsOf(db: Database, sequenceId: string): SequenceAttempt[] {
  return db.all(
    `SELECT a.*, j.event_id, j.kind, j.status, j.exit_code, j.error_code, j.error_message, j.updated_at_ms,
       j.write_units, j.job_paid, j.amount_units,
       (SELECT b.units FROM budgets b WHERE b.subject = 'job:' || a.job_id) AS booked_units,
       EXISTS (SELECT 1 FROM outbox o WHERE o.state = 'pending' AND o.job_id = a.job_id) OR
       EXISTS (SELECT 1 FROM outgoing p WHERE p.state = 'open'
         AND p.obligation IN ('write:' || j.event_id, 'job:' || j.event_id)) AS pending
     FROM job_chain_attempts a JOIN job_chain_steps s ON s.chain_id = a.chain_id AND s.name = a.step
       JOIN jobs j ON j.job_id = a.job_id AND j.role = 'buyer'
     WHERE a.chain_id = ? ORDER BY s.position, a.attempt`,
    sequenceId,
  ).map(attempt);
}

function listed(db: Database, { status, limit = DEFAULT_LIST }: SequenceFilter): SequenceHead[] {
  const [where, values]: [string, Column[]] = status === undefined
    ? ["", []]
    : ["WHERE c.status IN (SELECT value FROM json_each(?))", [JSON.stringify(status)]];
  const rows = db.all(
    `SELECT c.*,
       (SELECT count(*) FROM job_chain_steps s WHERE s.chain_id = c.chain_id) AS steps,
       (SELECT count(*) FROM job_chain_steps s WHERE s.chain_id = c.chain_id AND s.ended_at_ms IS NOT NULL) AS ended
     FROM job_chains c ${where} ORDER BY c.created_at_ms DESC, c.chain_id DESC LIMIT ?`,
    ...values,
    Math.min(MAX_LIST, whole("limit", limit)),
  );
  return rows.map((row) => {
    const attempts = attemptsOf(db, row.chain_id as string);
    const { document: _long, ...head } = SEQUENCES.row(row);
    return {
      ...head,
      steps: row.steps as number,
      stepsEnded: row.ended as number,
      paidUnits: attempts.reduce((sum, { paidUnits }) => sum + paidUnits, 0n),
    };
  });
}

function attempt(row: Columns): SequenceAttempt {
  const status = row.status as JobStatus;
  const attempt = SEQUENCE_ATTEMPTS.row(row);
  const { reservedUnits } = attempt;
  const paidUnits = BigInt(row.write_units as string) +
    (row.job_paid === 1 ? BigInt(row.amount_units as string) : 0n);
  // A peer without credit may have kept the amount of refused packets. Nobody was paid with it, but it is spent.
  const bookedUnits = BigInt((row.booked_units as string | null) ?? 0);
  const goneUnits = larger(paidUnits, bookedUnits);
  // Amounts that may still be paid stay reserved in the budget.
  const known = isEnded(status) && row.pending === 0;
  return {
    ...attempt,
    eventId: row.event_id as string,
    kind: row.kind as number,
    status,
    exitCode: row.exit_code as number | null,
    errorCode: row.error_code as string | null,
    errorMessage: row.error_message as string | null,
    jobUpdatedAtMs: row.updated_at_ms as number,
    paidUnits,
    costUnits: known ? goneUnits : larger(goneUnits, reservedUnits),
  };
}

function stepOf(columns: Columns): SequenceStepRow {
  const { sequenceId: _of, ...step } = SEQUENCE_STEPS.row(columns);
  return step;
}
