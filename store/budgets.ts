/**
 * What each job and each provider has cost so far. The sums are written in the commit that signs or refuses a packet, so limits hold after
 * a restart and need no scan. A packet counts from its signature; a packet that was refused and whose credit was returned stops counting.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import { larger } from "../base/amount.ts";
import { BUDGETS } from "./budget_table.ts";
import { text, whole } from "./checks.ts";
import type { OutgoingPacketRow } from "./store.ts";
import { StoreError } from "./store_error.ts";
import type { BudgetQuestion, Budgets, DuePayment } from "./budget_row.ts";
import type { Columns } from "../base/table/columns.ts";
import { bookProvider, historiesOf } from "./provider_payments.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";

const DAY_MS = 86_400_000;
/** A job lives for at most a day, and a provider's sum covers one day. */
const KEPT_MS = 32 * DAY_MS;
const MAX_ASKED = 4_096;

/** Records that a packet was signed (`1n`), or that it was refused at no cost (`-1n`). */
export function bookPacket(
  context: ChangeContext,
  row: OutgoingPacketRow,
  sign: 1n | -1n,
): void {
  const { db, budgets } = context;
  const { about, amount, obligation, createdAtMs } = row;
  if (about === null) return;
  if (about.jobId !== null) reserve(db, about.jobId, obligation, sign === 1n);
  const add = (subject: string, units: bigint) =>
    budgets.set(subject, (budgets.get(subject) ?? 0n) + units);
  if (about.jobId !== null) add(`job:${about.jobId}`, sign * amount);
  if (about.provider === null) return;
  add(providerSubject(about.provider, createdAtMs), sign * amount);
  const paid = { jobId: about.jobId ?? obligation, provider: about.provider, obligation, amount };
  const part = bookProvider(context, paid, sign);
  if (part !== 0n) add(strangersSubject(createdAtMs), part);
}

/**
 * Reserves the job's payment when its request's write is signed, so that no write is paid for a job that then exceeds a limit because of
 * another job. The reservation ends when the payment's own packet is signed, and returns if that packet is refused.
 */
function reserve(db: Database, jobId: string, obligation: string, isSigned: boolean): void {
  const [purpose, eventId] = obligation.split(":", 2);
  if (purpose !== "write" && purpose !== "job") return;
  db.run(
    `UPDATE outbox SET reserved = ? WHERE job_id = ? AND ${IS_DUE} AND EXISTS
     (SELECT 1 FROM jobs j WHERE j.job_id = outbox.job_id AND j.role = 'buyer' AND j.event_id = ?)`,
    (purpose === "write") === isSigned ? 1 : 0,
    text("job", jobId),
    eventId,
  );
}

/** The same words as in the partial index, so that SQLite uses it. */
const IS_DUE = "state = 'pending' AND purpose = 'job'";

/** Writes the sums of a commit in the same transaction. */
export function writeBudgets({ db, clock, budgets }: ChangeContext): void {
  for (const [subject, by] of budgets) {
    const found = db.get("SELECT * FROM budgets WHERE subject = ?", subject);
    if (found === null) db.run("DELETE FROM budgets WHERE at_ms < ?", clock() - KEPT_MS);
    const units = (found === null ? 0n : BUDGETS.row(found).units) + by;
    // A packet that was signed before this table existed may be refused now.
    const row = { subject, units: larger(units, 0n), atMs: clock() };
    db.run(BUDGETS.upsert, ...BUDGETS.values(row));
  }
}

/** Answers a question about sums; 0 for a subject without costs. */
export function budgetsOf(db: Database, { jobs, providers, nowMs }: BudgetQuestion): Budgets {
  if (jobs.length + providers.length > MAX_ASKED) {
    throw new StoreError(
      "invalid",
      `one question may name at most ${MAX_ASKED} jobs and providers`,
    );
  }
  const from = dayOf(whole("nowMs", nowMs));
  const due = Object.fromEntries(jobs.flatMap((jobId) => {
    const payment = duePayment(db, text("job", jobId));
    return payment === null ? [] : [[jobId, payment]];
  }));
  const told = new Set([...providers, ...Object.values(due).map(({ provider }) => provider)]);
  const reserved = told.size === 0 ? {} : reservedOf(db, told);
  return {
    jobs: Object.fromEntries(jobs.map((jobId) => {
      const row = db.get("SELECT units FROM budgets WHERE subject = ?", `job:${jobId}`);
      return [jobId, BigInt((row?.units as string | undefined) ?? 0)];
    })),
    providers: Object.fromEntries([...told].map((provider) => {
      const rows = db.all(
        "SELECT units FROM budgets WHERE subject >= ? AND subject <= ?",
        `provider:${text("provider", provider)}:${from}`,
        `provider:${provider}:9999999`,
      );
      return [provider, sumOf(rows)];
    })),
    due,
    reserved,
    histories: historiesOf(db, Object.keys(reserved), nowMs),
    strangersUnits: told.size === 0 ? 0n : sumOf(db.all(
      "SELECT units FROM budgets WHERE subject >= ? AND subject <= ?",
      `strangers:${from}`,
      "strangers:9999999",
    )),
  };
}

/** The reserved payments of these providers, and of all others that have any. They are few: jobs between their write and their payment. */
function reservedOf(db: Database, told: ReadonlySet<string>): Record<string, bigint> {
  const sums: Record<string, bigint> = Object.fromEntries(
    [...told].map((provider) => [provider, 0n]),
  );
  const rows = db.all(
    `SELECT terminal_pubkey, amount_units FROM outbox WHERE ${IS_DUE} AND reserved = 1`,
  );
  for (const { terminal_pubkey: provider, amount_units: units } of rows) {
    const before = sums[provider as string] ?? 0n;
    sums[provider as string] = before + BigInt(units as string | null ?? 0);
  }
  return sums;
}

/** The job's unpaid payment; null if nothing waits, or if its packet is already signed. */
function duePayment(db: Database, jobId: string): DuePayment | null {
  const row = db.get(
    `SELECT o.terminal_pubkey, o.amount_units, o.reserved, j.event_id
     FROM outbox o JOIN jobs j ON j.job_id = o.job_id AND j.role = 'buyer'
     WHERE o.job_id = ? AND o.state = 'pending' AND o.purpose = 'job' AND NOT EXISTS
       (SELECT 1 FROM outgoing p WHERE p.obligation = 'job:' || j.event_id AND p.${COUNTS_AS_PAID})
     LIMIT 1`,
    jobId,
  );
  return row === null ? null : {
    eventId: row.event_id as string,
    provider: row.terminal_pubkey as string,
    units: BigInt(row.amount_units as string | null ?? 0),
    isReserved: row.reserved === 1,
  };
}

function sumOf(rows: readonly Columns[]): bigint {
  return rows.reduce((sum, { units }) => sum + BigInt(units as string | null ?? 0), 0n);
}

function providerSubject(provider: string, atMs: number): string {
  return `provider:${provider}:${dayOf(atMs)}`;
}

function strangersSubject(atMs: number): string {
  return `strangers:${dayOf(atMs)}`;
}

/** Days since the epoch, padded to seven digits so that the texts sort in order. */
function dayOf(atMs: number): string {
  return String(Math.floor(atMs / DAY_MS)).padStart(7, "0");
}
