/**
 * NIP-90 job results, kinds 6000 to 6999: builds and parses them with every tag of the NIP. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md#job-result-kind6000-6999
 * @module
 */
import {
  type EventId,
  type EventTemplate,
  type NostrEvent,
  parseEvent,
  type Pubkey,
} from "./event.ts";
import { hasOwnId } from "./event_id.ts";
import {
  all,
  amountTag,
  atMostOne,
  checked,
  type JobAmount,
  JobTagError,
  parseAmount,
  parseAnswered,
  type Tag,
} from "./job_tags.ts";
import { isJobResultKind, requestKindOf, RESULT_KINDS_TEXT } from "./kinds.ts";
import { parseStrictJson, StrictJsonError } from "../json/strict_json.ts";

/**
 * A provider's result.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type JobResult, parseJobResult } from "./job_result.ts";
 *
 * const tags = [["e", "a".repeat(64)], ["p", "b".repeat(64)]];
 * const result: JobResult = parseJobResult({ kind: 6600, created_at: 1, tags, content: "hello" });
 * assert.deepEqual([result.content, result.encrypted], ["hello", false]);
 * ```
 */
export interface JobResult {
  /** The kind of the request plus 1000. */
  readonly kind: number;
  /** The id of the request, from the `e` tag. */
  readonly requestId: EventId;
  /** A relay that may have the request. */
  readonly relayHint?: string;
  /** The customer, from the `p` tag. */
  readonly customer: Pubkey;
  /** The request itself, from the `request` tag. Its id, author and kind agree with the other fields. */
  readonly request?: NostrEvent;
  /** A copy of the request's `i` tags. Empty in an encrypted result. */
  readonly inputs: readonly Tag[];
  /** The amount that the provider asks for. */
  readonly amount?: JobAmount;
  /** Whether the content is encrypted to the customer. */
  readonly encrypted: boolean;
  /** The output, or the NIP-44 payload of it. */
  readonly content: string;
  /** Tags that NIP-90 does not define, in order. */
  readonly extraTags: readonly Tag[];
}

/** The fields for {@link jobResultTemplate}. Missing optional fields are empty. */
type JobResultFields =
  & Pick<JobResult, "kind" | "requestId" | "customer" | "content">
  & Partial<JobResult>;

const TAG_NAMES = ["request", "e", "i", "p", "amount", "encrypted"];

/**
 * The event of a result, for its provider to sign.
 *
 * @throws {JobTagError} if NIP-90 does not allow a field.
 */
export function jobResultTemplate(fields: JobResultFields, createdAtS: number): EventTemplate {
  const tags: Tag[] = [];
  if (fields.request !== undefined) tags.push(["request", JSON.stringify(fields.request)]);
  tags.push(["e", fields.requestId, ...(fields.relayHint ? [fields.relayHint] : [])]);
  tags.push(...(fields.inputs ?? []));
  tags.push(["p", fields.customer]);
  if (fields.amount !== undefined) tags.push(amountTag("amount", fields.amount));
  if (fields.encrypted) tags.push(["encrypted"]);
  for (const tag of fields.extraTags ?? []) {
    if (TAG_NAMES.includes(tag[0] ?? "")) {
      throw new JobTagError("bad_extra", "an extra tag must not be a tag that NIP-90 defines");
    }
    tags.push(tag);
  }
  const template = { kind: fields.kind, created_at: createdAtS, tags, content: fields.content };
  parseJobResult(template);
  return template;
}

/**
 * Reads a result. The caller must check that it answers one of its requests and is from the right provider. If the result has several `p`
 * tags,
 * `customer` selects one.
 *
 * @throws {JobTagError} on the first tag that NIP-90 does not allow; `request_mismatch` if the `request` tag has another request than the
 * `e` tag
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseJobResult } from "./job_result.ts";
 *
 * const tags = [["e", "a".repeat(64)], ["p", "b".repeat(64)], ["amount", "100", "units"]];
 * const event = { kind: 6600, created_at: 1, tags, content: "hello" };
 * assert.deepEqual(parseJobResult(event).amount, { value: 100n, unit: "units" });
 * assert.throws(() => parseJobResult({ ...event, tags: [] }));
 * ```
 */
export function parseJobResult(event: EventTemplate, customer?: string): JobResult {
  if (!isJobResultKind(event.kind)) {
    throw new JobTagError(
      "bad_kind",
      `a result's kind must be from ${RESULT_KINDS_TEXT} (got ${event.kind})`,
    );
  }
  const answered = parseAnswered(event, customer);
  const encrypted = atMostOne(event.tags, "encrypted") !== undefined;
  const inputs = all(event.tags, "i");
  if (inputs.some((tag) => tag.length < 2)) {
    throw new JobTagError("bad_input", "an i tag must have data");
  }
  if (encrypted && inputs.length > 0) {
    throw new JobTagError("bad_encrypted", "an encrypted result must not repeat its inputs");
  }
  const requestTag = atMostOne(event.tags, "request");
  const amount = atMostOne(event.tags, "amount");
  return {
    kind: event.kind,
    ...answered,
    ...(requestTag === undefined ? {} : { request: requestOf(requestTag, event.kind, answered) }),
    inputs,
    ...(amount === undefined ? {} : { amount: parseAmount(amount) }),
    encrypted,
    content: event.content,
    extraTags: event.tags.filter((tag) => !TAG_NAMES.includes(tag[0] ?? "")),
  };
}

function requestOf(
  tag: Tag,
  resultKind: number,
  answered: { requestId: EventId; customer: Pubkey },
): NostrEvent {
  let value: unknown;
  try {
    value = parseStrictJson(tag[1] ?? "");
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    throw new JobTagError("bad_request", cause.message, { cause });
  }
  const request = checked("bad_request", () => parseEvent(value));
  if (
    request.id !== answered.requestId || request.pubkey !== answered.customer ||
    request.kind !== requestKindOf(resultKind) || !hasOwnId(request)
  ) {
    throw new JobTagError("request_mismatch", "the request tag has another request than the e tag");
  }
  return request;
}
