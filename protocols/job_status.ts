/**
 * The statuses of a job: what each of them means and which may follow it. This table is the only place that says so; the store, the stages,
 * the market, the audit and the commands ask its predicates.
 *
 * @module
 */

/** Where a job stands, on either side of the market. */
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

/** What a status says of a job. */
interface Meaning {
  /** Whether its request is at the relay: `perhaps` where an outcome is not known, `past` where that no longer decides anything. */
  readonly posted: "not yet" | "yes" | "perhaps" | "past";
  /** Whether a payment of the provider would be news. */
  readonly unpaid: boolean;
  /** Whether the provider still has to run it, once it is paid or free. */
  readonly toRun: boolean;
  /** Which of the provider's answers count still; a result must have been published in time. */
  readonly hears: "all" | "result" | "nothing";
  /** Whether a sequence may buy it again from another provider. */
  readonly retry: boolean;
  /** Statuses that may follow: any, or these; `[]` where the job stays as it is. */
  readonly next: "any" | readonly JobStatus[];
}

const OPEN = { unpaid: false, toRun: true, hears: "all", retry: false, next: "any" } as const;
const OVER = { posted: "past", unpaid: false, toRun: false, next: [] } as const;

/** Answers of a provider come in any order, and none at all may come: an open job may go to every status. */
const TABLE: Readonly<Record<JobStatus, Meaning>> = {
  created: { ...OPEN, posted: "not yet", unpaid: true },
  posted: { ...OPEN, posted: "yes", unpaid: true },
  quoted: { ...OPEN, posted: "yes", unpaid: true },
  paid: { ...OPEN, posted: "yes" },
  processing: { ...OPEN, posted: "yes" },
  /** The provider has answered with a part; the rest is for another run to bring. */
  partial: { ...OPEN, posted: "yes", toRun: false },
  success: { ...OVER, hears: "all", retry: false },
  /** A provider that said that the job failed may still bring its result. */
  error: { ...OVER, hears: "all", retry: true, next: ["success"] },
  refused: { ...OVER, hears: "nothing", retry: true },
  /** A result that was published in time may be read after the deadline; see {@link mayBecome}. */
  timeout: { ...OVER, hears: "result", retry: true, next: ["success", "error"] },
  cancelled: { ...OVER, hears: "nothing", retry: false },
  /** An outcome is not known. A provider's job waits for a person then. */
  unknown: { ...OPEN, posted: "perhaps", unpaid: true, toRun: false },
};

/** Every status, in the order in which a job may come to them. */
export const JOB_STATUSES = Object.keys(TABLE) as readonly JobStatus[];

/** Statuses of a job that is over. */
export const ENDED_STATUSES: readonly JobStatus[] = JOB_STATUSES.filter((status) =>
  TABLE[status].next !== "any"
);

/** Statuses of a job that may still come to something. */
export const OPEN_STATUSES: readonly JobStatus[] = JOB_STATUSES.filter((status) =>
  TABLE[status].next === "any"
);

/** Whether a word is a status. */
export function isJobStatus(word: string): word is JobStatus {
  return Object.hasOwn(TABLE, word);
}

/** Whether the job is over: nothing more comes of it by itself. */
export function isEnded(status: JobStatus): boolean {
  return TABLE[status].next !== "any";
}

/** Whether the job may still come to something. */
export function isOpen(status: JobStatus): boolean {
  return TABLE[status].next === "any";
}

/** Whether nobody knows yet that the request is at the relay: a post of it would be news. */
export function isUnposted(status: JobStatus): boolean {
  return ["not yet", "perhaps"].includes(TABLE[status].posted);
}

/** Whether the request is known to be at the relay and the job is open. */
export function isPosted(status: JobStatus): boolean {
  return TABLE[status].posted === "yes";
}

/** Whether the job waits for its payment, as far as its status says; `jobPaid` of its row says whether it came. */
export function isUnpaid(status: JobStatus): boolean {
  return TABLE[status].unpaid;
}

/** Whether the provider still has to run it, once it is paid or free. `unknown` waits for a person; `partial` has its answer. */
export function isToRun(status: JobStatus): boolean {
  return TABLE[status].toRun;
}

/** Whether the provider's job has its answer: it is over, or a part was told. */
export function isAnswered(status: JobStatus): boolean {
  return isEnded(status) || status === "partial";
}

/** Whether a result that was published in time still counts: the buyer has not given the job up. */
export function takesResult(status: JobStatus): boolean {
  return TABLE[status].hears !== "nothing";
}

/** Whether feedback is still looked at. For a job that has a result its row says so, whatever its status. */
export function takesFeedback(status: JobStatus): boolean {
  return TABLE[status].hears === "all";
}

/**
 * Whether the job is further than feedback tells. Feedback arrives in any order: a request for payment says nothing after the payment, and a
 * job of which a part arrived does not go back to `processing`.
 */
export function isPast(status: JobStatus, told: JobStatus): boolean {
  return told === "quoted" && !isUnpaid(status) || told === "processing" && status === "partial";
}

/** Whether another provider may do better than the one with whom the job ended so. */
export function mayBeRetried(status: JobStatus): boolean {
  return TABLE[status].retry;
}

/**
 * Whether a job may go from one status to another. It may always stay as it is.
 *
 * @param withResult Whether the change brings the result itself: without one, a deadline that passed stays passed.
 */
export function mayBecome(from: JobStatus, to: JobStatus, withResult: boolean): boolean {
  const { next } = TABLE[from];
  if (from === to || next === "any") return true;
  return next.includes(to) && (from !== "timeout" || withResult);
}
