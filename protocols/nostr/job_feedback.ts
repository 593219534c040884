/**
 * NIP-90 job feedback, kind 7000: builds and parses it with every tag of the NIP. Pure.
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

/** The statuses that a provider may report. */
export const JOB_FEEDBACK_STATUSES = [
  "payment-required",
  "processing",
  "error",
  "success",
  "partial",
] as const;

/** One of {@link JOB_FEEDBACK_STATUSES}. */
export type JobFeedbackStatus = typeof JOB_FEEDBACK_STATUSES[number];

/** What a provider reports about a job before its result. */
export interface JobFeedback {
  /** The id of the request, from the `e` tag. */
  readonly requestId: EventId;
  /** A relay that may have the request. */
  readonly relayHint?: string;
  /** The customer, from the `p` tag. */
  readonly customer: Pubkey;
  /** The job's status; `other` if NIP-90 does not define it. */
  readonly status: JobFeedbackStatus | "other";
  /** The text of an `other` status, unchanged. */
  readonly otherStatus?: string;
  /** Additional text of the status tag, for people. */
  readonly extraInfo?: string;
  /** The amount that the provider asks for. */
  readonly amount?: JobAmount;
  /** Whether the content is encrypted to the customer. */
  readonly encrypted: boolean;
  /** Empty, or a sample or part of the output, or the NIP-44 payload of it. */
  readonly content: string;
  /** Tags that NIP-90 does not define, in order. */
  readonly extraTags: readonly Tag[];
}

/** The fields for {@link jobFeedbackTemplate}. Missing optional fields are empty. */
export type JobFeedbackFields =
  & Pick<JobFeedback, "requestId" | "customer">
  & { readonly status: JobFeedbackStatus }
  & Partial<Omit<JobFeedback, "status" | "otherStatus">>;

const TAG_NAMES = ["status", "amount", "e", "p", "encrypted"];

/**
 * The event of a feedback, for its provider to sign.
 *
 * @throws {JobTagError} if NIP-90 does not allow a field.
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
      throw new JobTagError("bad_extra", "an extra tag must not be a tag that NIP-90 defines");
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
    throw new JobTagError("bad_status", "NIP-90 does not define this status");
  }
  return template;
}

/**
 * Reads a feedback. The caller must check that it is about one of its requests and from the right provider. If the feedback has several `p`
 * tags,
 * `customer` selects one.
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
    throw new JobTagError("missing_status", "a status tag is required");
  }
  const [, word] = statusTag;
  if (!word) throw new JobTagError("bad_status", "a status tag must have a value");
  // The library NDK writes its statuses with an underscore.
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
