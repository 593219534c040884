/**
 * Checks values from the control socket: only values that this program's commands make are accepted. The store checks the rows' other
 * fields, and the channel manager reads its own requests.
 *
 * @module
 */
import { type BlobReference, checkReference } from "../../blobs/blob_reference.ts";
import { ControlError } from "../../base/control_error.ts";
import { moneyCallOf } from "../../money/channels/money_work.ts";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import type { ClaimJobKey, PlanFailover, PutMeter, PutQuote } from "../../store/store.ts";
import type { Side } from "../../store/pause_row.ts";
import type { PutResultSchemas } from "../../store/result_schema_row.ts";
import type { Comparator } from "../../store/verification_row.ts";
import type { HomeApi, NewJob, NewSequence, Wanted } from "./home_api.ts";

type Fields = Readonly<Record<string, unknown>>;
type Asked<Method extends keyof HomeApi> = Parameters<HomeApi[Method]>[0];

/** A reader for each method. Each throws ControlError `bad_request`. */
export const REQUEST_CHECKS: {
  readonly [Method in keyof HomeApi]: (value: unknown) => Asked<Method>;
} = {
  announcements(value) {
    const { kinds, provider } = fieldsOf(value);
    if (!Array.isArray(kinds) || !kinds.every(Number.isSafeInteger)) {
      throw refused("kinds must be a list of numbers");
    }
    return { kinds, provider: provider === null ? null : textOf(provider, "provider") };
  },
  quotes(value) {
    const { questions, windowMs } = fieldsOf(value);
    return {
      questions: listOf(questions, "questions").map((each) => {
        const { provider, ilpAddress, request } = fieldsOf(each);
        return {
          provider: textOf(provider, "provider"),
          ilpAddress: textOf(ilpAddress, "ilpAddress"),
          // The signer checks what it signs.
          request: fieldsOf(request) as unknown as UnsignedEvent,
        };
      }),
      windowMs: Math.min(numberOf(windowMs, "windowMs"), MAX_WINDOW_MS),
    };
  },
  submitJob: newJobOf,
  submitVerification(value) {
    const { jobs, needed, challenge, compare } = fieldsOf(value);
    return {
      jobs: listOf(jobs, "jobs").map(newJobOf),
      needed: numberOf(needed, "needed"),
      challenge: challenge === true,
      // The store refuses what is none.
      compare: textOf(compare, "compare") as Comparator,
    };
  },
  submitThird(value) {
    const { job, leadId } = fieldsOf(value);
    return { job: newJobOf(job), leadId: textOf(leadId, "leadId") };
  },
  untilJobs(value) {
    const { jobIds, wanted, count, forMs } = fieldsOf(value);
    return {
      jobIds: listOf(jobIds, "jobIds").map((id) => textOf(id, "jobIds")),
      wanted: wantedOf(wanted),
      count: numberOf(count, "count"),
      forMs: forMs === null ? null : numberOf(forMs, "forMs"),
    };
  },
  untilJob(value) {
    const { jobId, wanted } = fieldsOf(value);
    return { jobId: textOf(jobId, "jobId"), wanted: wantedOf(wanted) };
  },
  jobLog(value) {
    const { jobId, offset, waitMs } = fieldsOf(value);
    return {
      jobId: textOf(jobId, "jobId"),
      offset: numberOf(offset, "offset"),
      waitMs: numberOf(waitMs, "waitMs"),
    };
  },
  putBlob(value) {
    const { incoming, type, chunked } = fieldsOf(value);
    return {
      incoming: textOf(incoming, "incoming"),
      type: type === null ? null : textOf(type, "type"),
      chunked: chunked === true,
    };
  },
  fetchBlob(value) {
    const { reference, maxBytes, author } = fieldsOf(value);
    return {
      reference: checkReference(fieldsOf(reference) as unknown as BlobReference),
      maxBytes: numberOf(maxBytes, "maxBytes"),
      ...(author !== undefined && { author: textOf(author, "author") }),
    };
  },
  denyResult(value) {
    const { jobId, resultEventId, message, atMs } = fieldsOf(value);
    return {
      jobId: textOf(jobId, "jobId"),
      resultEventId: textOf(resultEventId, "resultEventId"),
      message: textOf(message, "message"),
      atMs: numberOf(atMs, "atMs"),
    };
  },
  message(value) {
    const { op, message, sinceS, limit } = fieldsOf(value);
    if (op === "list") {
      return { op, sinceS: numberOf(sinceS, "sinceS"), limit: numberOf(limit, "limit") };
    }
    const { to, text, subject, replyTo, copy } = fieldsOf(message);
    return {
      op: "send",
      message: {
        to: textOf(to, "to"),
        text: textOf(text, "text"),
        subject: subject === null ? null : textOf(subject, "subject"),
        replyTo: replyTo === null ? null : textOf(replyTo, "replyTo"),
        copy: copy === true,
      },
    };
  },
  cancelJob(value) {
    const { jobId, atMs } = fieldsOf(value);
    return { jobId: textOf(jobId, "jobId"), atMs: numberOf(atMs, "atMs") };
  },
  repeatCallback(value) {
    const { jobId, callbackId, atMs } = fieldsOf(value);
    return {
      jobId: textOf(jobId, "jobId"),
      callbackId: numberOf(callbackId, "callbackId"),
      atMs: numberOf(atMs, "atMs"),
    };
  },
  refreshJobs(value) {
    const { jobIds } = fieldsOf(value);
    return { jobIds: listOf(jobIds, "jobIds").map((id) => textOf(id, "jobIds")) };
  },
  submitSequence: newSequenceOf,
  untilSequence(value) {
    const { sequenceId, wanted } = fieldsOf(value);
    return { sequenceId: textOf(sequenceId, "sequenceId"), wanted: wantedOf(wanted) };
  },
  tendSequence: (value) => ({ sequenceId: textOf(fieldsOf(value).sequenceId, "sequenceId") }),
  cancelSequence(value) {
    const { sequenceId, atMs } = fieldsOf(value);
    return { sequenceId: textOf(sequenceId, "sequenceId"), atMs: numberOf(atMs, "atMs") };
  },
  pause(value) {
    const { side, atMs } = fieldsOf(value);
    // The store refuses what is no side.
    return {
      side: textOf(side, "side") as Side,
      atMs: atMs === null ? null : numberOf(atMs, "atMs"),
    };
  },
  retryDocument: (value) => ({
    quarantineId: numberOf(fieldsOf(value).quarantineId, "quarantineId"),
  }),
  removeOld: (value) => ({ beforeMs: numberOf(fieldsOf(value).beforeMs, "beforeMs") }),
  // The channel manager checks this request itself.
  channel: (value) => fieldsOf(value) as Asked<"channel">,
  watchChannels: () => null,
  priceMoney: moneyCallOf,
  moveMoney(value) {
    const { call, passphrase } = fieldsOf(value);
    if (passphrase !== null && typeof passphrase !== "string") {
      throw refused("passphrase must be a text or null");
    }
    return { call: moneyCallOf(call), passphrase };
  },
};

/** The longest wait that a caller may ask for, in milliseconds. */
const MAX_WINDOW_MS = 30_000;

/** Two rows: the write of the request, and the payment of its provider. */
const MAX_ROWS = 2;

/** Accepts only a buyer's job for which nothing was sent yet, never a paid job or a provider's job. */
function newJobOf(value: unknown): NewJob {
  const { row, outbox, claim, failover, quote = null, meter = null, schemas = null } = fieldsOf(
    value,
  );
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
  const { op, row } = fieldsOf(value);
  const fields = fieldsOf(row);
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

function newSequenceOf(value: unknown): NewSequence {
  const { row, steps } = fieldsOf(value);
  const { document, budgetUnits } = fieldsOf(row);
  if (!(document instanceof Uint8Array)) throw refused("the document must be bytes");
  if (budgetUnits !== null) unitsOf(budgetUnits);
  return { op: "putSequence", row, steps: listOf(steps, "steps") } as unknown as NewSequence;
}

function wantedOf(value: unknown): Wanted {
  if (value === "sent" || value === "ended") return value;
  throw refused("wanted must be sent or ended");
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw refused("the request must hold an object");
}

function listOf(value: unknown, field: string): unknown[] {
  if (Array.isArray(value) && value.length <= 4_096) return value;
  throw refused(`${field} must be a list`);
}

function textOf(value: unknown, field: string): string {
  if (typeof value === "string" && value.length > 0 && value.length <= 256) return value;
  throw refused(`${field} must be a text of 1 to 256 characters`);
}

function numberOf(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw refused(`${field} must be a whole number`);
}

function unitsOf(value: unknown): bigint {
  if (typeof value === "bigint" && value >= 0n && value < 10n ** 40n) return value;
  throw refused("an amount must be whole units, none below 0");
}

function refused(why: string): ControlError {
  return new ControlError("bad_request", why);
}
