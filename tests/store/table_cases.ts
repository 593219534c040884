/** Rows of every table of the store. */
import { JOB_CASES } from "./job_table_cases.ts";
import { PAYMENT_CASES } from "./payment_table_cases.ts";
import { RECORD_CASES } from "./record_table_cases.ts";
import type { TableCase } from "./table_case.ts";

/** Columns that a separate statement writes, or the database. */
export const GIVEN = ["writtenOffAtMs", "callbackId", "quarantineId", "factsId", "outboxId"];
export const GIVEN_COLUMNS = {
  written_off_at_ms: null,
  callback_id: 4,
  quarantine_id: 4,
  facts_id: 4,
  outbox_id: 4,
};

// deno-lint-ignore no-explicit-any
export const CASES: readonly TableCase<any>[] = [...JOB_CASES, ...PAYMENT_CASES, ...RECORD_CASES];
