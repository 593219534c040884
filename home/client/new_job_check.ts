/**
 * Checks a new job that comes over the control socket: what this program's commands make, and nothing that was sent or paid.
 *
 * @module
 */
import type { ClaimJobKey, PlanFailover, PutMeter, PutQuote } from "../../store/store.ts";
import type { PutRequirements } from "../../store/job_requirement_row.ts";
import type { PutResultSchemas } from "../../store/result_schema_row.ts";
import type { NewJob } from "./home_api.ts";
import { fieldsOf, listOf, refused, textOf, unitsOf } from "./request_fields.ts";

/** Two rows: the write of the request, and the payment of its provider. */
const MAX_ROWS = 2;

/** Accepts only a buyer's job for which nothing was sent yet, never a paid job or a provider's job. */
export function newJobOf(value: unknown): NewJob {
  const fields = fieldsOf(value);
  const { row, outbox, claim, failover, quote = null, meter = null, schemas = null } = fields;
  const { requirements = null } = fields;
  const job = fieldsOf(row);
  if (job.role !== "buyer" || job.status !== "created" || job.jobPaid !== false) {
    throw refused("a job is handed over by its buyer, before it is sent");
  }
  const jobId = textOf(job.jobId, "jobId");
  if (!(job.request instanceof Uint8Array)) throw refused("the request must be bytes");
  unitsOf(job.amountUnits);
  unitsOf(job.writeUnits);
  const rows = listOf(outbox, "outbox").map(fieldsOf);
  if (rows.length === 0 || rows.length > MAX_ROWS) {
    throw refused(`a job comes with 1 to ${MAX_ROWS} rows`);
  }
  for (const each of rows) {
    if (each.jobId !== jobId) throw refused("a row is of another job");
    if (!(each.event instanceof Uint8Array)) throw refused("an event must be bytes");
    if (each.amountUnits !== null) unitsOf(each.amountUnits);
  }
  return {
    row: { ...job, result: null } as unknown as NewJob["row"],
    outbox: rows as unknown as NewJob["outbox"],
    claim: claim === null ? null : changeOf<ClaimJobKey>(claim, "claimJobKey", jobId),
    failover: failover === null ? null : failoverOf(failover, jobId),
    quote: quote === null ? null : quoteOf(quote, textOf(job.eventId, "eventId")),
    meter: meter === null ? null : meterOf(meter, textOf(job.eventId, "eventId")),
    schemas: schemas === null
      ? null
      : changeOf<PutResultSchemas>(schemas, "putResultSchemas", jobId),
    requirements: requirements === null
      ? null
      : changeOf<PutRequirements>(requirements, "putRequirements", jobId),
  };
}

function failoverOf(value: unknown, jobId: string): PlanFailover {
  const plan = changeOf<PlanFailover>(value, "planFailover", jobId);
  if (plan.budgetUnits !== null) unitsOf(plan.budgetUnits);
  unitsOf(plan.writeUnits);
  for (const each of listOf(plan.candidates, "candidates")) unitsOf(fieldsOf(each).priceUnits);
  return plan;
}

function quoteOf(value: unknown, eventId: string): PutQuote {
  const { op, row, price = null } = fieldsOf(value);
  const fields = fieldsOf(row);
  if (price !== null) {
    const { announcedUnits, promisedUnits, quotedUnits } = fieldsOf(price);
    [announcedUnits, promisedUnits, quotedUnits].forEach(unitsOf);
  }
  if (op !== "putQuote" || fields.eventId !== eventId || !(fields.quote instanceof Uint8Array)) {
    throw refused("the quote is of another job");
  }
  return value as PutQuote;
}

/** A meter begins with nothing paid. */
function meterOf(value: unknown, eventId: string): PutMeter {
  const { op, row } = fieldsOf(value);
  const { eventId: of, role, paid, state, incrementUnits } = fieldsOf(row);
  if (op !== "putMeter" || of !== eventId || role !== "buyer") {
    throw refused("the meter is of another job");
  }
  if (paid !== 0 || state !== "open") throw refused("nothing of a meter is paid before its job");
  unitsOf(incrementUnits);
  return value as PutMeter;
}

/** Accepts a change only for the job that it comes with. */
function changeOf<Change extends { readonly op: string }>(
  value: unknown,
  op: Change["op"],
  jobId: string,
): Change {
  const fields = fieldsOf(value);
  if (fields.op !== op || fields.jobId !== jobId) throw refused(`${op} is of another job`);
  return fields as unknown as Change;
}
