/**
 * Provider's side: what came of a skill, as events for the buyer. Sizes stay under the limit: the content was made to fit, and
 * the request is repeated in the result only while it is small, since every byte of a result is paid for.
 *
 * @module
 */
import type { EventTemplate, NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { resultKindOf } from "../../protocols/nostr/kinds.ts";
import { jobFeedbackTemplate, jobResultTemplate } from "../../protocols/nostr/nip90.ts";
import type { SkillOutcome } from "../../skills/skill.ts";
import { largestBytes } from "./job_request.ts";

/** What an answer is made with. */
export interface RespondOptions {
  /** Seconds since the epoch. */
  readonly nowS: number;
  /** The provider's key. */
  readonly provider: UnsignedEvent["pubkey"];
  /** What the provider was paid, or asks; written as `amount` in units. */
  readonly amountUnits: bigint;
  /** The largest event. */
  readonly limitBytes: number;
}

/** A request larger than this is not repeated in its result: the `e` tag names it, and each byte costs as much as an answer's. */
const REPEAT_BYTES = 512;

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
  return authored(feedback, options);
}

const INFO_CHARACTERS = 300;
const CONTENT_CHARACTERS = 2000;

function resultOf(
  request: NostrEvent,
  content: string,
  extraTags: readonly (readonly string[])[],
  options: RespondOptions,
): UnsignedEvent {
  const json = JSON.stringify(request);
  const inputs = request.tags.filter((tag) => tag[0] === "i");
  const encrypted = request.tags.some((tag) => tag[0] === "encrypted");
  const small = json.length <= REPEAT_BYTES;
  return authored(
    jobResultTemplate({
      kind: resultKindOf(request.kind),
      requestId: request.id,
      customer: request.pubkey,
      ...(small ? { request } : {}),
      ...(small && !encrypted ? { inputs } : {}),
      amount: { value: options.amountUnits, unit: "units" },
      content,
      extraTags,
    }, options.nowS),
    options,
  );
}

function authored(template: EventTemplate, { provider }: RespondOptions): UnsignedEvent {
  return { ...template, pubkey: provider };
}
