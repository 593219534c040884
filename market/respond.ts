/**
 * Provider's side: what came of a skill, as events for the buyer. Sizes stay under the limit: the content was made to fit. Where every
 * byte of a result is paid for, the request is repeated in it only while it is small.
 *
 * @module
 */
import { type Asset, formatUnits, UNITS } from "../protocols/ilp/asset.ts";
import type { EventTemplate, NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import { ANNOUNCEMENT_KIND, resultKindOf } from "../protocols/nostr/kinds.ts";
import { jobFeedbackTemplate, jobResultTemplate } from "../protocols/nostr/nip90.ts";
import type { SkillOutcome } from "../skills/skill.ts";
import { ANNOUNCEMENT_D } from "./announcement.ts";
import { largestBytes } from "./job_request.ts";
import { SEAL_TAGS } from "../protocols/nostr/sealed_result.ts";
import { isPrivate } from "../protocols/nostr/private_event.ts";
import { wrapTags } from "../protocols/nostr/private_job.ts";

/** What an answer is made with. */
export interface RespondOptions {
  /** Seconds since the epoch. */
  readonly nowS: number;
  /** The provider's key. */
  readonly provider: UnsignedEvent["pubkey"];
  /** What the provider was paid, or asks; written as `amount` in units. */
  readonly amountUnits: bigint;
  /** What words for people tell it in; base units as such unless told. */
  readonly asset?: Asset;
  /** The largest event. */
  readonly limitBytes: number;
  /** Whether writes go free: then a result repeats its request and its inputs, as NIP-90 has it, wherever that leaves room. */
  readonly freeWrites?: boolean;
}

/** A larger request is not repeated in a result that is paid for by its bytes: the `e` tag names it. */
const REPEAT_BYTES = 512;
/** What a repeated request leaves of an event for its content, at least: a half. */
const REPEAT_SHARE = 2;

/** Bytes that the content of a result may take, measured as `contentBytes()` does, so that the whole event fits. */
export function maxContentBytes(request: NostrEvent, options: RespondOptions): number {
  return options.limitBytes - largestBytes(resultOf(request, "", [], options)) - MARGIN_BYTES;
}

/** For `exit_code` and other tags that an outcome adds. */
const MARGIN_BYTES = 256;

/** The result event (6xxx) of an outcome that is no error. Throws RangeError when the content was not made to fit. */
export function resultTemplate(
  request: NostrEvent,
  outcome: SkillOutcome,
  options: RespondOptions,
): UnsignedEvent {
  const event = resultOf(request, outcome.content, outcome.tags ?? [], options);
  const sizeBytes = largestBytes(event);
  if (sizeBytes > options.limitBytes) {
    throw new RangeError(`a result takes ${sizeBytes} bytes, an event holds ${options.limitBytes}`);
  }
  return event;
}

/** Feedback (7000): `processing` when the job was taken, `partial` in between, `error` when it could not be run. */
export function feedbackTemplate(
  request: NostrEvent,
  status: "processing" | "partial" | "success" | "error",
  words: { readonly info?: string; readonly content?: string; readonly code?: string },
  options: RespondOptions,
): UnsignedEvent {
  const info = words.info?.replaceAll(/\s+/g, " ").slice(0, INFO_CHARACTERS).toWellFormed();
  const feedback = jobFeedbackTemplate({
    requestId: request.id,
    customer: request.pubkey,
    status,
    ...(info ? { extraInfo: info } : {}),
    content: words.content?.slice(0, CONTENT_CHARACTERS).toWellFormed() ?? "",
    ...(words.code === undefined ? {} : { extraTags: [["code", words.code]] }),
  }, options.nowS);
  return authored(request, feedback, options);
}

/** Feedback to a customer who has not paid: the price, where it is paid, and the announcement that offers it. */
export function quoteTemplate(
  request: NostrEvent,
  ilpAddress: string | null,
  options: RespondOptions,
): UnsignedEvent {
  const price = formatUnits(options.amountUnits, options.asset ?? UNITS);
  const extraInfo = ilpAddress === null
    ? `the price is ${price}, and this provider cannot be paid here`
    : `pay ${price} to ${ilpAddress} by an ILP packet whose data is this request, signed`;
  const feedback = jobFeedbackTemplate({
    requestId: request.id,
    customer: request.pubkey,
    status: "payment-required",
    extraInfo,
    amount: { value: options.amountUnits, unit: "units" },
    extraTags: [
      ...(ilpAddress === null ? [] : [["ilp", ilpAddress]]),
      ["a", `${ANNOUNCEMENT_KIND}:${options.provider}:${ANNOUNCEMENT_D}`],
    ],
  }, options.nowS);
  return authored(request, feedback, options);
}

const INFO_CHARACTERS = 300;
const CONTENT_CHARACTERS = 2000;

function resultOf(
  request: NostrEvent,
  content: string,
  extraTags: readonly (readonly string[])[],
  options: RespondOptions,
): UnsignedEvent {
  const encrypted = isPrivate(request);
  const repeated = encrypted
    ? { request }
    : { request, inputs: request.tags.filter((tag) => tag[0] === "i") };
  const made = (more: typeof repeated | Record<never, never>, words: string) =>
    authored(
      request,
      jobResultTemplate({
        kind: resultKindOf(request.kind),
        requestId: request.id,
        customer: request.pubkey,
        ...more,
        amount: { value: options.amountUnits, unit: "units" },
        encrypted,
        content: words,
        // What a skill says beside its content would be open to all.
        extraTags: encrypted ? extraTags.filter(isOfSeal) : extraTags,
      }, options.nowS),
      options,
    );
  const repeats = options.freeWrites === true
    ? largestBytes(made(repeated, "")) <= options.limitBytes / REPEAT_SHARE
    : JSON.stringify(request).length <= REPEAT_BYTES;
  return made(repeats ? repeated : {}, content);
}

/** What seals a result says nothing of what is in it. */
function isOfSeal([name]: readonly string[]): boolean {
  return SEAL_TAGS.includes(name ?? "");
}

/** By its author, and where its request was private for its reader alone. */
function authored(
  request: NostrEvent,
  template: EventTemplate,
  { provider }: RespondOptions,
): UnsignedEvent {
  return { ...template, tags: [...template.tags, ...wrapTags(request)], pubkey: provider };
}
