/**
 * Where a provider tells a buyer what its job printed: a packet of amount 0 whose data is a signed question is answered with a signed
 * part of the log, in the data of its refusal. Nothing is paid and nothing is committed. Every other packet is the terminal's beneath.
 *
 * Held: at most 64 questions that wait for more of a log, each for 2 seconds at most; one more is answered at once with what is there.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { EventError } from "../../protocols/nostr/event_error.ts";
import {
  formatJobLogAnswer,
  jobLogAnswerTemplate,
  JobLogError,
  type JobLogQuestion,
  MAX_LOG_PIECES,
  parseJobLogQuestion,
} from "../../protocols/nostr/job_log.ts";
import { JOB_LOG_REQUEST_KIND } from "../../protocols/nostr/kinds.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../../protocols/toon/decode.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { scanKind } from "../../protocols/toon/kind_scanner.ts";
import type { Terminal, TerminalReject } from "../../money/receiver/terminal.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { JobLog } from "../../store/job_log_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import { isPrivate } from "../../protocols/nostr/private_event.ts";
import { answersKeyOf } from "../../protocols/nostr/private_job.ts";

/** What the answers are made of. */
interface JobLogTerminalDeps {
  readonly store: Pick<Store, "getJobByEvent" | "jobLog">;
  readonly signer: Pick<Signer, "identity" | "signEvents" | "encrypt">;
  readonly verifier: EventVerifier;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

const MAX_QUESTION_BYTES = 2_048;
const MAX_WAITING = 64;
const MAX_WAIT_MS = 2_000;
/** A question of another time is somebody else's: it was taken from a packet and sent again. */
const SKEW_MS = 600_000;
/** Bytes of pieces, packed: in base64, and where it is encrypted also padded, they fit a packet. */
const ANSWER_BYTES = 16_640;
const SEALED_BYTES = 12_200;

/** Answers questions for logs before `beneath`. */
export function jobLogTerminal(beneath: Terminal, deps: JobLogTerminalDeps): Terminal {
  let waiting = 0;
  const logOf = async ({ jobId }: JobRow, { offset, waitMs }: JobLogQuestion): Promise<JobLog> => {
    const mayWait = waiting < MAX_WAITING;
    waiting++;
    try {
      const longestMs = mayWait ? Math.min(waitMs, MAX_WAIT_MS) : 0;
      return await deps.store.jobLog(jobId, "provider", offset, longestMs);
    } finally {
      waiting--;
    }
  };
  return {
    async inspect(prepare) {
      if (!isQuestion(prepare)) return await beneath.inspect(prepare);
      try {
        return { reject: await answer(prepare.data, logOf, deps) };
      } catch (error) {
        const known = [EventError, ToonError, JobLogError].some((each) => error instanceof each);
        if (!known) throw error;
        return { reject: { code: "F06", message: messageOf(error) } };
      }
    },
    effect: (prepare, obligation) => beneath.effect(prepare, obligation),
  };
}

function isQuestion({ amount, data }: Prepare): boolean {
  if (amount !== 0n || data.length === 0 || data.length > MAX_QUESTION_BYTES) return false;
  const scan = scanKind(data);
  return scan.ok && scan.kind === JOB_LOG_REQUEST_KIND;
}

async function answer(
  data: Uint8Array,
  logOf: (job: JobRow, question: JobLogQuestion) => Promise<JobLog>,
  { store, signer, verifier, clock }: JobLogTerminalDeps,
): Promise<TerminalReject> {
  const event = parseEvent(decodeDocument(data).event);
  if (!verifier.isVerified(event)) return { code: "F06", message: "the question is not signed" };
  const question = parseJobLogQuestion(event);
  const { pubkey } = await signer.identity();
  const isOld = Math.abs(event.created_at * 1000 - clock()) > SKEW_MS;
  const job = question.provider === pubkey && !isOld
    ? await store.getJobByEvent(question.requestId, "provider")
    : null;
  // Whoever did not buy the job hears nothing of it, not even that it is here.
  if (job === null || job.buyer !== event.pubkey) {
    return { code: "F99", message: "there is no such job of yours here" };
  }
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
  }, Math.floor(clock() / 1000));
  const [signed] = await signer.signEvents([{ ...template, pubkey: question.provider }]);
  return { code: "F99", message: "the log is in the data", data: encodeToon(signed, "1.4") };
}

/** As many whole pieces as an answer holds, at least one. */
function fitting({ pieces }: JobLog, isSmall: boolean): JobLog["pieces"] {
  const room = isSmall ? SEALED_BYTES : ANSWER_BYTES;
  let size = 0;
  const most = pieces.slice(0, MAX_LOG_PIECES);
  const end = most.findIndex(({ deflated }) => (size += deflated.length) > room);
  return end < 0 ? most : most.slice(0, Math.max(1, end));
}

/** The row's bytes were verified when the job was taken in. */
function requestOf({ request }: JobRow): NostrEvent {
  return parseEvent(decodeDocument(request).event);
}
