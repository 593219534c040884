/**
 * NIP-90 job feedback, kind 7000: built and parsed with every tag of the NIP. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md#job-feedback-kind-7000
 * @module
 */
import type { EventId, EventTemplate, Pubkey } from "./event.ts";
import {
  amountTag,
  atMostOne,
  type JobAmount,
  JobTagError,
  parseAmount,
  parseAnswered,
  type Tag,
} from "./job_tags.ts";
import { FEEDBACK_KIND } from "./kinds.ts";

/** Where a provider says that a job stands. */
export const JOB_FEEDBACK_STATUSES = [
  "payment-required",
  "processing",
  "error",
  "success",
  "partial",
] as const;

/** One of {@link JOB_FEEDBACK_STATUSES}. */
export type JobFeedbackStatus = typeof JOB_FEEDBACK_STATUSES[number];

/** What a provider says of a job on the way. */
export interface JobFeedback {
  /** Id of the request, from the `e` tag. */
  readonly requestId: EventId;
  /** Where the request may be found. */
  readonly relayHint?: string;
  /** Who asked, from the `p` tag. */
  readonly customer: Pubkey;
  /** Where the job stands; `other` is a word that is none of NIP-90's. */
  readonly status: JobFeedbackStatus | "other";
  /** That word as it came. */
  readonly otherStatus?: string;
  /** Words beside the status, for people. */
  readonly extraInfo?: string;
  /** What the provider asks to be paid. */
  readonly amount?: JobAmount;
  /** Content is encrypted to the customer. */
  readonly encrypted: boolean;
  /** Empty, or a sample or part of the output, or its NIP-44 payload. */
  readonly content: string;
  /** Tags that are not NIP-90's, in order. */
  readonly extraTags: readonly Tag[];
}

/** What a builder must be told; the rest is empty where it is not. */
export type JobFeedbackFields =
  & Pick<JobFeedback, "requestId" | "customer">
  & { readonly status: JobFeedbackStatus }
  & Partial<Omit<JobFeedback, "status" | "otherStatus">>;

const TAG_NAMES = ["status", "amount", "e", "p", "encrypted"];

/**
 * The event of a feedback, ready for its provider.
 *
 * @throws {JobTagError} when a field is not what NIP-90 allows.
 */
export function jobFeedbackTemplate(fields: JobFeedbackFields, createdAtS: number): EventTemplate {
  const tags: Tag[] = [
    ["status", fields.status, ...(fields.extraInfo ? [fields.extraInfo] : [])],
  ];
  if (fields.amount !== undefined) tags.push(amountTag("amount", fields.amount));
  tags.push(["e", fields.requestId, ...(fields.relayHint ? [fields.relayHint] : [])]);
  tags.push(["p", fields.customer]);
  if (fields.encrypted) tags.push(["encrypted"]);
  for (const tag of fields.extraTags ?? []) {
    if (TAG_NAMES.includes(tag[0] ?? "")) {
      throw new JobTagError("bad_extra", "an extra tag must not be one of NIP-90's");
    }
    tags.push(tag);
  }
  const template = {
    kind: FEEDBACK_KIND,
    created_at: createdAtS,
    tags,
    content: fields.content ?? "",
  };
  if (parseJobFeedback(template).status === "other") {
    throw new JobTagError("bad_status", "the status is not one of NIP-90's");
  }
  return template;
}

/**
 * Reads a feedback. That it is about a request of ours, from the right provider, is the caller's to check. Where it has several `p`
 * tags, `customer` is the one that is meant.
 *
 * @throws {JobTagError} on the first tag that NIP-90 does not allow.
 */
export function parseJobFeedback(event: EventTemplate, customer?: string): JobFeedback {
  if (event.kind !== FEEDBACK_KIND) {
    throw new JobTagError(
      "bad_kind",
      `a feedback's kind must be ${FEEDBACK_KIND} (got ${event.kind})`,
    );
  }
  const answered = parseAnswered(event, customer);
  const statusTag = atMostOne(event.tags, "status");
  if (statusTag === undefined) {
    throw new JobTagError("missing_status", "a status tag must say where the job stands");
  }
  const [, word] = statusTag;
  if (!word) throw new JobTagError("bad_status", "a status tag must hold a word");
  // NDK writes its own status with an underscore.
  const status = JOB_FEEDBACK_STATUSES.find((known) => known === word.replaceAll("_", "-")) ??
    "other";
  const amount = atMostOne(event.tags, "amount");
  return {
    ...answered,
    status,
    ...(status === "other" ? { otherStatus: word } : {}),
    ...(statusTag[2] ? { extraInfo: statusTag[2] } : {}),
    ...(amount === undefined ? {} : { amount: parseAmount(amount) }),
    encrypted: atMostOne(event.tags, "encrypted") !== undefined,
    content: event.content,
    extraTags: event.tags.filter((tag) => !TAG_NAMES.includes(tag[0] ?? "")),
  };
}
