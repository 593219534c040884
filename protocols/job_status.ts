/**
 * The statuses of a job: the meaning of each, and the statuses that may follow it. Only this table defines them. The store, the stages, the
 * market, the audit and the commands use its functions.
 *
 * @module
 */
import { BAD_RESULT } from "./failure_codes.ts";

/** The status of a job, at its buyer or its provider. */
export type JobStatus =
  | "created"
  | "posted"
  | "quoted"
  | "paid"
  | "processing"
  | "partial"
  | "success"
  | "error"
  | "refused"
  | "timeout"
  | "cancelled"
  | "unknown";

/** The meaning of a status. */
interface Meaning {
  /**
   * Whether the relay has the request. `perhaps`: the outcome of the write is not known. `past`: the job has ended, so it does not matter.
   */
  readonly posted: "not yet" | "yes" | "perhaps" | "past";
  /** Whether the provider is not known to be paid. */
  readonly unpaid: boolean;
  /** Whether the provider still has to run the job when it is paid or free. */
  readonly toRun: boolean;
  /** Whether the provider has shown by an answer that it was paid. */
  readonly shown: boolean;
  /** Which answers of the provider still count. A result must have been published in time. */
  readonly hears: "all" | "result" | "nothing";
  /** Whether a sequence may buy the job again from another provider. */
  readonly retry: boolean;
  /** The statuses that may follow: any, or these. With `[]` the status is final. */
  readonly next: "any" | readonly JobStatus[];
}

const OPEN = {
  unpaid: false,
  toRun: true,
  shown: false,
  hears: "all",
  retry: false,
  next: "any",
} as const;
const OVER = { posted: "past", unpaid: false, toRun: false, shown: false, next: [] } as const;

/** A provider's answers may arrive in any order, or not at all. So an open job may change to every status. */
const TABLE: Readonly<Record<JobStatus, Meaning>> = {
  created: { ...OPEN, posted: "not yet", unpaid: true },
  posted: { ...OPEN, posted: "yes", unpaid: true },
  quoted: { ...OPEN, posted: "yes", unpaid: true },
  paid: { ...OPEN, posted: "yes" },
  processing: { ...OPEN, posted: "yes", shown: true },
  /** The provider has answered with a part of the result. The job is not run again automatically. */
  partial: { ...OPEN, posted: "yes", toRun: false, shown: true },
  success: { ...OVER, shown: true, hears: "all", retry: false },
  /** After an error, the provider may still send a result. */
  error: { ...OVER, hears: "all", retry: true, next: ["success"] },
  refused: { ...OVER, hears: "nothing", retry: true },
  /** A result that was published in time may arrive after the deadline; see {@link mayBecome}. */
  timeout: { ...OVER, hears: "result", retry: true, next: ["success", "error"] },
  cancelled: { ...OVER, hears: "nothing", retry: false },
  /** The outcome of a step is not known. At a provider, such a job waits for a person's decision. */
  unknown: { ...OPEN, posted: "perhaps", unpaid: true, toRun: false },
};

/** Every status, roughly in the order in which a job reaches them. */
export const JOB_STATUSES = Object.keys(TABLE) as readonly JobStatus[];

/** The statuses of a job that has ended. */
export const ENDED_STATUSES: readonly JobStatus[] = JOB_STATUSES.filter((status) =>
  TABLE[status].next !== "any"
);

/** The statuses of an open job. */
export const OPEN_STATUSES: readonly JobStatus[] = JOB_STATUSES.filter((status) =>
  TABLE[status].next === "any"
);

/** The statuses of a job whose provider failed it. A result that was published in time may still follow. */
export const FAILED_STATUSES: readonly JobStatus[] = ENDED_STATUSES.filter((status) =>
  TABLE[status].next.length > 0
);

/** The statuses of a job whose provider has sent its result, or an error. */
export const RESULT_STATUSES: readonly JobStatus[] = ENDED_STATUSES.filter((status) =>
  TABLE[status].hears === "all"
);

/** Whether a word is a status. */
export function isJobStatus(word: string): word is JobStatus {
  return Object.hasOwn(TABLE, word);
}

/** Whether the job has ended. */
export function isEnded(status: JobStatus): boolean {
  return TABLE[status].next !== "any";
}

/** Whether the job is open: any status may follow. */
export function isOpen(status: JobStatus): boolean {
  return TABLE[status].next === "any";
}

/** Whether the job is open and the request is not known to be at the relay. */
export function isUnposted(status: JobStatus): boolean {
  return ["not yet", "perhaps"].includes(TABLE[status].posted);
}

/** Whether the job is open and the request is known to be at the relay. */
export function isPosted(status: JobStatus): boolean {
  return TABLE[status].posted === "yes";
}

/** Whether the job waits for its payment, by its status. The field `jobPaid` of its row tells whether the payment was made. */
export function isUnpaid(status: JobStatus): boolean {
  return TABLE[status].unpaid;
}

/**
 * Whether the provider still has to run the job when it is paid or free. A job in `unknown` waits for a person, and one in `partial` is
 * answered.
 */
export function isToRun(status: JobStatus): boolean {
  return TABLE[status].toRun;
}

/** Whether the provider failed the job. A result that was published in time may still follow. */
export function isFailed(status: JobStatus): boolean {
  return FAILED_STATUSES.includes(status);
}

/** Whether the provider has shown by an answer that it was paid: it runs the job, or it has sent a result or a part of it. */
export function showsPayment(status: JobStatus): boolean {
  return TABLE[status].shown;
}

/** Whether the provider has answered: the job has ended, or a part of its result was sent. */
export function isAnswered(status: JobStatus): boolean {
  return isEnded(status) || status === "partial";
}

/** Whether a result that was published in time still counts. It does unless the job was cancelled or refused. */
export function takesResult(status: JobStatus): boolean {
  return TABLE[status].hears !== "nothing";
}

/** Whether feedback still counts, by the status. For a job with a result, its row decides instead. */
export function takesFeedback(status: JobStatus): boolean {
  return TABLE[status].hears === "all";
}

/**
 * Whether the job is further than feedback tells. Feedback arrives in any order: a request for payment says nothing after the payment, and
 * a job of which a part arrived does not go back to `processing`.
 */
export function isPast(status: JobStatus, told: JobStatus): boolean {
  return told === "quoted" && !isUnpaid(status) || told === "processing" && status === "partial";
}

/** Whether a job has a result whose run succeeded. A kind without exit codes has none. */
export function wentWell(
  { status, exitCode }: { readonly status: JobStatus; readonly exitCode: number | null },
): boolean {
  return status === "success" && (exitCode ?? 0) === 0;
}

/**
 * Whether a job ended with a result whose run failed: its command exited with another code than 0, or reached a limit of the provider. Such
 * a result is neither good nor bad for its provider. One that does not match its schema is none.
 *
 * @see docs/decisions/0042-a-run-that-was-stopped-is-a-result.md
 */
export function isFailedRun(
  { status, exitCode, errorCode }: {
    readonly status: JobStatus;
    readonly exitCode: number | null;
    readonly errorCode: string | null;
  },
): boolean {
  return status === "error" && exitCode !== null && errorCode !== BAD_RESULT;
}

/** Whether the job may be bought again from another provider. */
export function mayBeRetried(status: JobStatus): boolean {
  return TABLE[status].retry;
}

/**
 * Whether a job may change from one status to another. It may always keep its status.
 *
 * @param withResult Whether the change brings the result. Without one, a job that timed out stays `timeout`.
 */
export function mayBecome(from: JobStatus, to: JobStatus, withResult: boolean): boolean {
  const { next } = TABLE[from];
  if (from === to || next === "any") return true;
  return next.includes(to) && (from !== "timeout" || withResult);
}
