/**
 * Checks values from the control socket: only values that this program's commands make are accepted. The store checks the rows' other
 * fields, and the channel manager reads its own requests.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { type BlobReference, checkReference } from "../../blobs/blob_reference.ts";
import { moneyCallOf } from "../../money/channels/money_work.ts";
import type { BuiltRequest, JobFlags } from "../../market/intake.ts";
import { asPubkey, type Pubkey, type UnsignedEvent } from "../../protocols/nostr/event.ts";
import type { Side } from "../../store/pause_row.ts";
import type { Comparator } from "../../store/verification_row.ts";
import type { HomeApi, NewSequence, Wanted } from "./home_api.ts";
import { newJobOf } from "./new_job_check.ts";
import { fieldsOf, listOf, numberOf, refused, textOf, unitsOf } from "./request_fields.ts";

type Asked<Method extends keyof HomeApi> = Parameters<HomeApi[Method]>[0];

/** Characters of a reason that a person reads. */
const MOST_REASON = 4_096;
/** Characters of a message; the longest that an event can carry is shorter. */
const MOST_MESSAGE = 65_536;

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
        const { provider, ilpAddress, moreAddresses = [], request } = fieldsOf(each);
        return {
          provider: textOf(provider, "provider"),
          ilpAddress: textOf(ilpAddress, "ilpAddress"),
          moreAddresses: listOf(moreAddresses, "moreAddresses").map((each) =>
            textOf(each, "moreAddresses")
          ),
          // The signer checks what it signs.
          request: fieldsOf(request) as unknown as UnsignedEvent,
        };
      }),
      windowMs: Math.min(numberOf(windowMs, "windowMs"), MAX_WINDOW_MS),
    };
  },
  prepareJob: () => null,
  buildRequest(value) {
    const { flags, buyer } = fieldsOf(value);
    // The market's worker, which has no permissions, checks what they contain.
    return { flags: fieldsOf(flags) as unknown as JobFlags, buyer: pubkeyOf(buyer, "buyer") };
  },
  assignRequest(value) {
    const { built, provider } = fieldsOf(value);
    const { request, ...others } = fieldsOf(built);
    const { tags } = fieldsOf(request);
    listOf(tags, "tags");
    return {
      built: { ...others, request } as unknown as BuiltRequest,
      provider: pubkeyOf(provider, "provider"),
    };
  },
  submitJob: newJobOf,
  submitVerification(value) {
    const { jobs, needed, challenge, compare, judge } = fieldsOf(value);
    return {
      jobs: listOf(jobs, "jobs").map(newJobOf),
      needed: numberOf(needed, "needed"),
      challenge: challenge === true,
      // The store refuses what is none.
      compare: textOf(compare, "compare") as Comparator,
      judge: judge === null ? null : textOf(judge, "judge"),
    };
  },
  submitThird(value) {
    const { job, leadId } = fieldsOf(value);
    return { job: newJobOf(job), leadId: textOf(leadId, "leadId") };
  },
  // The store checks every field of the row.
  storeJudgement: (value) => fieldsOf(value) as unknown as Asked<"storeJudgement">,
  acceptAnswers(value) {
    const { jobIds } = fieldsOf(value);
    return { jobIds: listOf(jobIds, "jobIds").map((id) => textOf(id, "jobIds")) };
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
    const { jobId, wanted, knownMs } = fieldsOf(value);
    return {
      jobId: textOf(jobId, "jobId"),
      wanted: wantedOf(wanted),
      knownMs: knownMs === null ? null : numberOf(knownMs, "knownMs"),
    };
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
      reference: referenceOf(reference),
      maxBytes: numberOf(maxBytes, "maxBytes"),
      ...(author !== undefined && { author: textOf(author, "author") }),
    };
  },
  denyResult(value) {
    const { jobId, resultEventId, message, atMs } = fieldsOf(value);
    return {
      jobId: textOf(jobId, "jobId"),
      resultEventId: textOf(resultEventId, "resultEventId"),
      message: textOf(message, "message", MOST_REASON),
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
        // The sender says what fits into its event.
        text: textOf(text, "text", MOST_MESSAGE),
        subject: subject === null ? null : textOf(subject, "subject", MOST_MESSAGE),
        replyTo: replyTo === null ? null : textOf(replyTo, "replyTo"),
        copy: copy === true,
      },
    };
  },
  cancelJob(value) {
    const { jobId, atMs } = fieldsOf(value);
    return { jobId: textOf(jobId, "jobId"), atMs: numberOf(atMs, "atMs") };
  },
  turnJob(value) {
    const { jobId, paused, atMs } = fieldsOf(value);
    return {
      jobId: textOf(jobId, "jobId"),
      paused: paused === true,
      atMs: numberOf(atMs, "atMs"),
    };
  },
  topUpJob(value) {
    const { jobId, most, atMs } = fieldsOf(value);
    return {
      jobId: textOf(jobId, "jobId"),
      most: numberOf(most, "most"),
      atMs: numberOf(atMs, "atMs"),
    };
  },
  payKey(value) {
    const { jobId, atMs } = fieldsOf(value);
    return { jobId: textOf(jobId, "jobId"), atMs: numberOf(atMs, "atMs") };
  },
  payQuote(value) {
    const { jobId, quoteId, amountUnits, increments, atMs } = fieldsOf(value);
    return {
      jobId: textOf(jobId, "jobId"),
      quoteId: textOf(quoteId, "quoteId"),
      amountUnits: unitsOf(amountUnits),
      increments: numberOf(increments, "increments"),
      atMs: numberOf(atMs, "atMs"),
    };
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
  probe(value) {
    const { pubkey, destination, terminalPubkey, waitMs } = fieldsOf(value);
    return {
      pubkey: textOf(pubkey, "pubkey"),
      destination: textOf(destination, "destination"),
      terminalPubkey: textOf(terminalPubkey, "terminalPubkey"),
      waitMs: numberOf(waitMs, "waitMs"),
    };
  },
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

function newSequenceOf(value: unknown): NewSequence {
  const { row, steps } = fieldsOf(value);
  const { document, budgetUnits } = fieldsOf(row);
  if (!(document instanceof Uint8Array)) throw refused("the document must be bytes");
  if (budgetUnits !== null) unitsOf(budgetUnits);
  return { op: "putSequence", row, steps: listOf(steps, "steps") } as unknown as NewSequence;
}

function pubkeyOf(value: unknown, name: string): Pubkey {
  try {
    return asPubkey(value);
  } catch {
    throw refused(`${name} must be a public key`);
  }
}

function wantedOf(value: unknown): Wanted {
  if (value === "sent" || value === "ended") return value;
  throw refused("wanted must be sent or ended");
}

function referenceOf(value: unknown): BlobReference {
  const reference = fieldsOf(value);
  try {
    return checkReference(reference as unknown as BlobReference);
  } catch (error) {
    throw refused(messageOf(error));
  }
}
