/**
 * The terminal that gives buyers the output of their jobs. The data of a packet of amount 0 is a signed question. The packet is refused
 * with a signed part of the log in the refusal's data. Nothing is paid and nothing is committed. All other packets go to the terminal
 * beneath.
 *
 * Held: at most 64 questions that wait for more output, each for at most 2 seconds. Further questions are answered at once with the output
 * so far.
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

/** What the answers need. */
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
/** A question with an older date is refused, because somebody may have copied it from a packet and sent it again. */
const SKEW_MS = 600_000;
/** The most compressed bytes of pieces. In base64 they fit into a packet, and `SEALED_BYTES` also fit after encryption and padding. */
const ANSWER_BYTES = 16_640;
const SEALED_BYTES = 12_200;

/** Returns a terminal that answers questions for logs and passes all other packets to `beneath`. */
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
    isPure: beneath.isPure,
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
  // Only the buyer of a job learns anything about it, even whether it exists.
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
