/**
 * What each job and each provider cost so far, kept in the commit that signs or refuses a packet, so that a limit on the sum holds
 * after a restart and needs no scan. A packet counts from its signature on; one that was refused with its credit kept counts no more.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import { text, whole } from "./checks.ts";
import type { OutgoingPacketRow } from "./store.ts";
import { StoreError } from "./store_error.ts";
import type { BudgetQuestion, Budgets } from "./budget_row.ts";

const DAY_MS = 86_400_000;
/** A job lives for at most a day, and a provider's sum is of one. */
const KEPT_MS = 32 * DAY_MS;
const MAX_ASKED = 4_096;

/** Notes that a packet was signed, or, negative, that it was refused and cost nothing. */
export function bookPacket({ budgets }: ChangeContext, row: OutgoingPacketRow, sign: 1n | -1n) {
  const { about, amount, createdAtMs } = row;
  if (about === null) return;
  const subjects = [
    ...(about.jobId === null ? [] : [`job:${about.jobId}`]),
    ...(about.provider === null ? [] : [providerSubject(about.provider, createdAtMs)]),
  ];
  for (const subject of subjects) {
    budgets.set(subject, (budgets.get(subject) ?? 0n) + sign * amount);
  }
}

/** Writes what a commit booked, in its own transaction. */
export function writeBudgets({ db, clock, budgets }: ChangeContext): void {
  for (const [subject, by] of budgets) {
    const current = db.get("SELECT units FROM budgets WHERE subject = ?", subject)?.units;
    if (current === undefined) db.run("DELETE FROM budgets WHERE at_ms < ?", clock() - KEPT_MS);
    const units = BigInt((current as string | undefined) ?? 0) + by;
    db.run(
      `INSERT INTO budgets (subject, units, at_ms) VALUES (?, ?, ?)
       ON CONFLICT (subject) DO UPDATE SET units = excluded.units, at_ms = excluded.at_ms`,
      subject,
      // A packet that was signed before there were sums may be refused after.
      String(units < 0n ? 0n : units),
      clock(),
    );
  }
}

/** The sums that are asked for; 0 for what never cost anything. */
export function budgetsOf(db: Database, { jobs, providers, nowMs }: BudgetQuestion): Budgets {
  if (jobs.length + providers.length > MAX_ASKED) {
    throw new StoreError("invalid", `budgets are told of at most ${MAX_ASKED} at once`);
  }
  const from = dayOf(whole("nowMs", nowMs));
  return {
    jobs: Object.fromEntries(jobs.map((jobId) => {
      const row = db.get(
        "SELECT units FROM budgets WHERE subject = ?",
        `job:${text("job", jobId)}`,
      );
      return [jobId, BigInt((row?.units as string | undefined) ?? 0)];
    })),
    providers: Object.fromEntries(providers.map((provider) => {
      const rows = db.all(
        "SELECT units FROM budgets WHERE subject >= ? AND subject <= ?",
        `provider:${text("provider", provider)}:${from}`,
        `provider:${provider}:9999999`,
      );
      return [provider, rows.reduce((sum, { units }) => sum + BigInt(units as string), 0n)];
    })),
  };
}

function providerSubject(provider: string, atMs: number): string {
  return `provider:${provider}:${dayOf(atMs)}`;
}

/** Days since the epoch, with as many digits for each, so that their texts are in order. */
function dayOf(atMs: number): string {
  return String(Math.floor(atMs / DAY_MS)).padStart(7, "0");
}
