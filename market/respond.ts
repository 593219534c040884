/**
 * Turns a skill's outcome into events for the buyer, on the provider's side. The content was made to fit, so the sizes stay under the
 * limit. If every byte of a result is paid for, the result repeats the request only if it is small.
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

/** What making an answer needs. */
export interface RespondOptions {
  /** Seconds since the epoch. */
  readonly nowS: number;
  /** The provider's public key. */
  readonly provider: UnsignedEvent["pubkey"];
  /** What the provider was paid, or asks for. It becomes the `amount` tag in units. */
  readonly amountUnits: bigint;
  /** The asset in which texts for people name the amount. Default: base units. */
  readonly asset?: Asset;
  /** The largest event, in bytes. */
  readonly limitBytes: number;
  /** True if writes are free. Then a result repeats its request and inputs, as NIP-90 describes, if enough room is left. */
  readonly freeWrites?: boolean;
}

/** If results are paid by their bytes, a larger request is not repeated. The `e` tag names it. */
const REPEAT_BYTES = 512;
/** A repeated request may take at most one half of the event. */
const REPEAT_SHARE = 2;

/** The largest content of a result in bytes, measured by `contentBytes()`, with which the whole event fits. */
export function maxContentBytes(request: NostrEvent, options: RespondOptions): number {
  return options.limitBytes - largestBytes(resultOf(request, "", [], options)) - MARGIN_BYTES;
}

/** Reserved for `exit_code` and other tags that an outcome adds. */
const MARGIN_BYTES = 256;

/** The result event (6xxx) of an outcome that is not an error. Throws RangeError if the content is too large. */
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

/** Feedback (7000): `processing` when the job was accepted, `partial` while it runs, `error` if it could not be run. */
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

/** Feedback to a customer of a provider that gives no quotes: the price, the ILP address, and the announcement with the offer. */
export function priceTemplate(
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
      announcementTag(options),
    ],
  }, options.nowS);
  return authored(request, feedback, options);
}

/** The tag that names the provider's announcement. */
export function announcementTag({ provider }: Pick<RespondOptions, "provider">): string[] {
  return ["a", `${ANNOUNCEMENT_KIND}:${provider}:${ANNOUNCEMENT_D}`];
}

/** Feedback to a customer who has not paid: the price in millisatoshis and the invoice for it. */
export function invoiceTemplate(
  request: NostrEvent,
  { msats, invoice }: { readonly msats: bigint; readonly invoice: string },
  options: RespondOptions,
): UnsignedEvent {
  const feedback = jobFeedbackTemplate({
    requestId: request.id,
    customer: request.pubkey,
    status: "payment-required",
    extraInfo: `pay ${msats} millisatoshis by the Lightning invoice`,
    amount: { value: msats, unit: "msats", bolt11: invoice },
    extraTags: [announcementTag(options)],
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
        // The tags of an encrypted result would be public, so only the tags of the seal are kept.
        extraTags: encrypted ? extraTags.filter(isOfSeal) : extraTags,
      }, options.nowS),
      options,
    );
  const repeats = options.freeWrites === true
    ? largestBytes(made(repeated, "")) <= options.limitBytes / REPEAT_SHARE
    : JSON.stringify(request).length <= REPEAT_BYTES;
  return made(repeats ? repeated : {}, content);
}

/** The tags of a seal reveal nothing about the content. */
function isOfSeal([name]: readonly string[]): boolean {
  return SEAL_TAGS.includes(name ?? "");
}

/** Adds the author, and for a private request the tags that let the event be wrapped for its reader alone. */
function authored(
  request: NostrEvent,
  template: EventTemplate,
  { provider }: RespondOptions,
): UnsignedEvent {
  return { ...template, tags: [...template.tags, ...wrapTags(request)], pubkey: provider };
}
