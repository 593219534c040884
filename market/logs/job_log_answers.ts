/**
 * A provider's answers to questions for the logs of its jobs. Only the buyer of a job learns anything about it, even whether it exists.
 *
 * Held: at most 64 questions that wait for more output, each for at most 2 seconds. Further questions are answered at once with the output
 * so far.
 *
 * @module
 */
import { type NostrEvent, parseEvent, tagValue } from "../../protocols/nostr/event.ts";
import {
  formatJobLogAnswer,
  jobLogAnswerTemplate,
  type JobLogQuestion,
  MAX_LOG_PIECES,
  parseJobLogQuestion,
} from "../../protocols/nostr/job_log.ts";
import { isPrivate } from "../../protocols/nostr/private_event.ts";
import { answersKeyOf } from "../../protocols/nostr/private_job.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { JobLog } from "../../store/job_log_row.ts";
import { sendsUntilBytes } from "../../protocols/nostr/metered.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import type { Store } from "../../store/store.ts";

/** What the answers need. */
export interface JobLogAnswersDeps {
  readonly store: Pick<Store, "getJobByEvent" | "jobLog" | "meterOf">;
  readonly signer: Pick<Signer, "identity" | "signEvents" | "encrypt">;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Answers questions. */
interface JobLogAnswers {
  /**
   * The signed answer to a question whose signature was checked; null if its author has no such job here. Throws JobLogError or EventError
   * if it is no question.
   */
  answer(question: NostrEvent): Promise<NostrEvent | null>;
}

/** The largest question in bytes. */
export const MAX_QUESTION_BYTES = 2_048;
const MAX_WAITING = 64;
const MAX_WAIT_MS = 2_000;
/** How often a question that waits for a payment looks for it. */
const UNPAID_LOOK_MS = 250;
/** A question with an older date is refused, because somebody may have copied it and sent it again. */
const SKEW_MS = 600_000;
/** The most compressed bytes of pieces. In base64 they fit into a packet, and `SEALED_BYTES` also fit after encryption and padding. */
const ANSWER_BYTES = 16_640;
const SEALED_BYTES = 12_200;

/** Makes the answers of one provider. */
export function jobLogAnswers({ store, signer, clock }: JobLogAnswersDeps): JobLogAnswers {
  let waiting = 0;
  const logOf = async (
    { jobId, eventId }: JobRow,
    { offset, waitMs }: JobLogQuestion,
  ): Promise<JobLog> => {
    const mayWait = waiting < MAX_WAITING;
    waiting++;
    try {
      const longestMs = mayWait ? Math.min(waitMs, MAX_WAIT_MS) : 0;
      for (const untilMs = performance.now() + longestMs;;) {
        const leftMs = Math.max(0, Math.ceil(untilMs - performance.now()));
        const sendsUntil = sendsUntilByte(await store.meterOf(eventId, "provider"));
        if (sendsUntil > offset) {
          return upTo(sendsUntil, await store.jobLog(jobId, "provider", offset, leftMs));
        }
        // What follows is not paid yet.
        const log = upTo(sendsUntil, await store.jobLog(jobId, "provider", offset, 0));
        if (log.ended || leftMs === 0) return log;
        await new Promise((resolve) => setTimeout(resolve, Math.min(leftMs, UNPAID_LOOK_MS)));
      }
    } finally {
      waiting--;
    }
  };
  return {
    async answer(event) {
      const question = parseJobLogQuestion(event);
      const { pubkey } = await signer.identity();
      const isOld = Math.abs(event.created_at * 1000 - clock()) > SKEW_MS;
      const job = question.provider === pubkey && !isOld
        ? await store.getJobByEvent(question.requestId, "provider")
        : null;
      if (job === null || job.buyer !== event.pubkey) return null;
      const request = requestOf(job);
      const encrypted = isPrivate(request);
      const log = await logOf(job, question);
      const isSmall = encrypted || answersKeyOf(request) !== null;
      const text = formatJobLogAnswer({ ...log, pieces: fitting(log, isSmall) });
      const template = jobLogAnswerTemplate({
        requestId: question.requestId,
        buyer: event.pubkey,
        content: encrypted ? await signer.encrypt(event.pubkey, text) : text,
        encrypted,
        ...tagValue(event, "salt") === undefined ? {} : { questionId: event.id },
      }, Math.floor(clock() / 1000));
      const [signed] = await signer.signEvents([{ ...template, pubkey: question.provider }]);
      return signed;
    },
  };
}

/** The byte of a log up to which it is sent: of a job that is paid by output, one increment more than was paid. */
function sendsUntilByte(meter: MeterRow | null): number {
  return meter === null || meter.kib === 0
    ? Infinity
    : meter.fromByte + sendsUntilBytes(meter.paid, meter.kib);
}

/** The part of a log before a byte. No piece of a log that is paid by output goes beyond such a byte. */
function upTo(byte: number, { pieces, endBytes, ended }: JobLog): JobLog {
  return {
    pieces: pieces.filter(({ offset, sizeBytes }) => offset + sizeBytes <= byte),
    endBytes: Math.min(endBytes, byte),
    ended,
  };
}

/** As many whole pieces as fit into an answer, but at least one. */
function fitting({ pieces }: JobLog, isSmall: boolean): JobLog["pieces"] {
  const room = isSmall ? SEALED_BYTES : ANSWER_BYTES;
  let size = 0;
  const most = pieces.slice(0, MAX_LOG_PIECES);
  const end = most.findIndex(({ deflated }) => (size += deflated.length) > room);
  return end < 0 ? most : most.slice(0, Math.max(1, end));
}

/** The bytes in the row were verified when the job was accepted. */
function requestOf({ request }: JobRow): NostrEvent {
  return parseEvent(decodeDocument(request).event);
}
