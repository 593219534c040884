/**
 * The tables of attempts at a job: providers that may be asked next, and providers that failed.
 *
 * @module
 */
import type { AnnouncedPrice } from "../protocols/nostr/announced_price.ts";
import { amount, invalid, text, whole } from "./checks.ts";
import { KEY } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { Candidate, JobAttempt, PlanFailover } from "./job_attempt_row.ts";
import { jsonField } from "./json_field.ts";

const MAX_CANDIDATES = 16;

const CANDIDATES = jsonField<readonly Candidate[]>("candidates", undefined, {
  out(field, candidates) {
    if (!Array.isArray(candidates) || candidates.length > MAX_CANDIDATES) {
      throw invalid(field, `a list of at most ${MAX_CANDIDATES}`, candidates);
    }
    return candidates.map(({ provider, payTo, priceUnits, mostUnits, announced }) => ({
      provider: text("provider", provider),
      payTo: text("payTo", payTo),
      priceUnits: amount("priceUnits", priceUnits),
      ...mostUnits !== undefined && { mostUnits: amount("mostUnits", mostUnits) },
      ...announced !== undefined && { announced: announcedOut(announced) },
    }));
  },
  in: (candidates: readonly StoredCandidate[]) =>
    candidates.map(({ provider, payTo, priceUnits, mostUnits, announced }) => ({
      provider,
      payTo,
      priceUnits: BigInt(priceUnits),
      ...mostUnits !== undefined && { mostUnits: BigInt(mostUnits) },
      ...announced !== undefined && {
        announced: {
          ...announced,
          units: BigInt(announced.units),
          promisedUnits: BigInt(announced.promisedUnits),
          // A home of an earlier version stored no first part.
          firstUnits: BigInt(announced.firstUnits ?? announced.promisedUnits),
        },
      },
    })),
});

/** An announced price in JSON. */
interface StoredPrice extends Omit<AnnouncedPrice, "units" | "promisedUnits" | "firstUnits"> {
  readonly units: string;
  readonly promisedUnits: string;
  readonly firstUnits?: string;
}

/** A candidate in JSON. */
interface StoredCandidate extends Pick<Candidate, "provider" | "payTo"> {
  readonly priceUnits: string;
  readonly mostUnits?: string;
  readonly announced?: StoredPrice;
}

function announcedOut(announced: AnnouncedPrice): StoredPrice {
  const { units, atS, untilS, promisedUnits, firstUnits, increment } = announced;
  return {
    units: amount("units", units),
    atS: whole("atS", atS),
    untilS: whole("untilS", untilS),
    promisedUnits: amount("promisedUnits", promisedUnits),
    firstUnits: amount("firstUnits", firstUnits),
    ...increment !== undefined && {
      increment: {
        unit: text("unit", increment.unit) as typeof increment.unit,
        size: whole("size", increment.size),
      },
    },
  };
}

/** Candidates by job. */
export const JOB_FAILOVER = defineTable<Omit<PlanFailover, "op">>("job_failover", {
  row: (column) => ({
    jobId: column.text("job_id", KEY),
    budgetUnits: column.amountOrNull("budget_units"),
    writeUnits: column.amount("write_units"),
    refusalCosts: column.flag("refusal_costs"),
    destination: column.text("destination"),
    terminalPubkey: column.text("terminal_pubkey"),
    candidates: column.field(CANDIDATES),
  }),
  options: "STRICT, WITHOUT ROWID",
});

/** An attempt with its job and its number, which starts at 1. */
interface StoredAttempt extends JobAttempt {
  readonly jobId: string;
  readonly attempt: number;
}

/** Providers that failed a job. */
export const JOB_ATTEMPTS = defineTable<StoredAttempt>("job_attempts", {
  row: (column) => ({
    jobId: column.text("job_id"),
    attempt: column.whole("attempt"),
    eventId: column.text("event_id"),
    provider: column.text("provider"),
    code: column.text("code"),
    message: column.text("message"),
    paidUnits: column.amount("paid_units"),
    atMs: column.whole("at_ms"),
  }),
  key: ["job_id", "attempt"],
  options: "STRICT, WITHOUT ROWID",
});

/** The tables, and the index that finds recent failures of providers. */
export const JOB_FAILOVER_TABLES = `
  ${JOB_FAILOVER.sql}
  ${JOB_ATTEMPTS.sql}
  CREATE INDEX job_attempts_age ON job_attempts (at_ms);
`;

/** Finds the job of a request to an earlier provider: strangers decide how many answers are looked up. */
export const JOB_ATTEMPTS_EVENT = "CREATE INDEX job_attempts_event ON job_attempts (event_id);";
