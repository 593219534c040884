/**
 * NIP-90 job requests, kinds 5000 to 5999: builds and parses them with every tag of the NIP. Pure.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md#job-request-kind5000-5999
 * @module
 */
import { asPubkey, type EventTemplate, type Pubkey } from "./event.ts";
import {
  all,
  amountTag,
  atMostOne,
  checked,
  inputTag,
  type JobAmount,
  type JobInput,
  type JobParam,
  JobTagError,
  parseAmount,
  parseInput,
  parseParam,
  parseParams,
  relayUrl,
  type Tag,
} from "./job_tags.ts";
import { isJobRequestKind, REQUEST_KINDS_TEXT } from "./kinds.ts";
import { parseStrictJson, StrictJsonError } from "../json/strict_json.ts";

/**
 * A buyer's request.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type JobRequest, jobRequestTemplate, parseJobRequest } from "./job_request.ts";
 *
 * const request: JobRequest = parseJobRequest(jobRequestTemplate({ kind: 5600, topics: ["ci"] }, 1));
 * assert.deepEqual([request.kind, request.topics, request.encrypted], [5600, ["ci"], false]);
 * ```
 */
export interface JobRequest {
  /** 5000 to 5999. */
  readonly kind: number;
  /** The inputs of the job, in order. Empty if the request is encrypted and was not decrypted. */
  readonly inputs: readonly JobInput[];
  /** The named parameters. Empty if the request is encrypted and was not decrypted. */
  readonly params: readonly JobParam[];
  /** The MIME type that the result should have. */
  readonly output?: string;
  /** The most that the buyer wants to pay. */
  readonly bid?: JobAmount;
  /** The relays to which answers should be published. */
  readonly relays: readonly string[];
  /** The providers that are asked. If empty, any provider may answer. */
  readonly providers: readonly Pubkey[];
  /** The values of the `t` tags. */
  readonly topics: readonly string[];
  /** Whether inputs and parameters are in the content, encrypted to the one provider. */
  readonly encrypted: boolean;
  /** Empty, or the NIP-44 payload of {@link privateTags} or of another list of {@link PRIVATE_TAGS}. */
  readonly content: string;
  /** Tags that NIP-90 does not define, in order. */
  readonly extraTags: readonly Tag[];
}

/**
 * The fields for {@link jobRequestTemplate}. Missing optional fields are empty.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type JobRequestFields, jobRequestTemplate } from "./job_request.ts";
 *
 * const fields: JobRequestFields = { kind: 5600, output: "text/plain" };
 * assert.deepEqual(jobRequestTemplate(fields, 1).tags, [["output", "text/plain"]]);
 * ```
 */
export type JobRequestFields = Pick<JobRequest, "kind"> & Partial<JobRequest>;

const TAG_NAMES = ["i", "param", "output", "bid", "relays", "p", "t", "encrypted"];

/**
 * The event of a request, for its author to sign.
 *
 * In an encrypted request, inputs and parameters are left out: `content` must be the encrypted result of {@link privateTags}.
 *
 * @throws {JobTagError} if NIP-90 does not allow a field.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { jobRequestTemplate, parseJobRequest } from "./job_request.ts";
 *
 * const template = jobRequestTemplate({
 *   kind: 5601,
 *   params: [{ name: "command", values: ["make test"] }],
 *   bid: { value: 50_000n, unit: "units" },
 * }, 1_754_000_000);
 * assert.deepEqual(template.tags, [["param", "command", "make test"], ["bid", "50000", "units"]]);
 * assert.equal(parseJobRequest(template).bid?.value, 50_000n);
 * ```
 */
export function jobRequestTemplate(fields: JobRequestFields, createdAtS: number): EventTemplate {
  const tags: Tag[] = fields.encrypted ? [] : privateTagsOf(fields);
  if (fields.output !== undefined) tags.push(["output", fields.output]);
  if (fields.bid !== undefined) tags.push(amountTag("bid", fields.bid));
  if (fields.relays?.length) tags.push(["relays", ...fields.relays]);
  for (const provider of fields.providers ?? []) tags.push(["p", provider]);
  for (const topic of fields.topics ?? []) tags.push(["t", topic]);
  if (fields.encrypted) tags.push(["encrypted"]);
  for (const tag of fields.extraTags ?? []) {
    if (TAG_NAMES.includes(tag[0] ?? "")) {
      throw new JobTagError("bad_extra", "an extra tag must not be a tag that NIP-90 defines");
    }
    tags.push(tag);
  }
  const template = {
    kind: fields.kind,
    created_at: createdAtS,
    tags,
    content: fields.content ?? "",
  };
  parseJobRequest(template);
  return template;
}

/**
 * Reads a request. `plaintext` is the decrypted content of an encrypted request, if the reader could decrypt it.
 *
 * @throws {JobTagError} on the first tag that NIP-90 does not allow.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseJobRequest } from "./job_request.ts";
 *
 * const event = { kind: 5600, created_at: 1, tags: [["i", "hello", "text"]], content: "" };
 * assert.deepEqual(parseJobRequest(event).inputs, [{ type: "text", value: "hello" }]);
 * assert.throws(() => parseJobRequest({ ...event, kind: 1 }), { code: "bad_kind" });
 * ```
 */
export function parseJobRequest(event: EventTemplate, plaintext?: string): JobRequest {
  if (!isJobRequestKind(event.kind)) {
    throw new JobTagError(
      "bad_kind",
      `a request's kind must be from ${REQUEST_KINDS_TEXT} (got ${event.kind})`,
    );
  }
  const { tags } = event;
  const encrypted = atMostOne(tags, "encrypted") !== undefined;
  const providers = all(tags, "p").map((tag) => checked("bad_provider", () => asPubkey(tag[1])));
  if (encrypted && (providers.length !== 1 || event.content === "")) {
    throw new JobTagError(
      "bad_encrypted",
      "an encrypted request must have content for one provider",
    );
  }
  const hidden = encrypted && plaintext !== undefined ? parsePrivateTags(plaintext) : [];
  const open = encrypted ? hidden : tags;
  const everything = [...tags, ...hidden];
  const bid = atMostOne(everything, "bid");
  return {
    kind: event.kind,
    inputs: all(open, "i").map(parseInput),
    params: parseParams(open),
    ...outputOf(everything),
    ...(bid === undefined ? {} : { bid: parseAmount(bid) }),
    relays: (atMostOne(everything, "relays") ?? []).slice(1).map((url) =>
      relayUrl(url, "bad_relays")
    ),
    providers,
    topics: all(tags, "t").map(topicOf),
    encrypted,
    content: event.content,
    extraTags: tags.filter((tag) => !TAG_NAMES.includes(tag[0] ?? "")),
  };
}

/**
 * The JSON of inputs and parameters. Encrypted, it is the content of an encrypted request.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseJobRequest, privateTags } from "./job_request.ts";
 *
 * const secret = privateTags({ inputs: [{ type: "text", value: "hello" }] });
 * assert.equal(secret, '[["i","hello","text"]]');
 * const tags = [["p", "a".repeat(64)], ["encrypted"]];
 * const event = { kind: 5600, created_at: 1, tags, content: "its NIP-44 payload" };
 * assert.equal(parseJobRequest(event, secret).inputs[0].value, "hello");
 * ```
 */
export function privateTags(fields: Pick<JobRequestFields, "inputs" | "params">): string {
  return JSON.stringify(privateTagsOf(fields));
}

function privateTagsOf(fields: Pick<JobRequestFields, "inputs" | "params">): Tag[] {
  const params = (fields.params ?? []).map(({ name, values }) => ["param", name, ...values]);
  params.forEach(parseParam);
  return [...(fields.inputs ?? []).map(inputTag), ...params];
}

function parsePrivateTags(plaintext: string): Tag[] {
  let value: unknown;
  try {
    value = parseStrictJson(plaintext);
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    throw new JobTagError("bad_encrypted", cause.message, { cause });
  }
  if (!Array.isArray(value) || !value.every(isPrivateTag)) {
    throw new JobTagError(
      "bad_encrypted",
      `decrypted content must be a list of tags: ${PRIVATE_TAGS.join(", ")}`,
    );
  }
  return value;
}

function isPrivateTag(tag: unknown): tag is string[] {
  return Array.isArray(tag) && tag.every((item) => typeof item === "string") &&
    PRIVATE_TAGS.includes(tag[0] ?? "");
}

/** The tags that an encrypted request may hide: inputs and parameters (NIP-90), and others that libraries in use encrypt too. */
export const PRIVATE_TAGS: readonly string[] = ["i", "param", "output", "relays", "bid"];

/** A MIME type (RFC 6838): type and subtype, and optional parameters. */
const MIME_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:;.*)?$/;

function outputOf(tags: readonly Tag[]): { output?: string } {
  const tag = atMostOne(tags, "output");
  if (tag === undefined) return {};
  if (tag[1] === undefined || !MIME_TYPE.test(tag[1])) {
    throw new JobTagError("bad_output", "an output tag must name a MIME type");
  }
  return { output: tag[1] };
}

function topicOf(tag: Tag): string {
  if (!tag[1]) throw new JobTagError("bad_topic", "a t tag must have a value");
  return tag[1];
}
