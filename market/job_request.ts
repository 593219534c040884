/**
 * Builds a NIP-90 request from a buyer's description of a job, and reads a request for the provider that runs it.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md
 * @module
 */
import {
  asPubkey,
  type EventId,
  type NostrEvent,
  type Pubkey,
  type UnsignedEvent,
} from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import {
  isJobRequestKind,
  kindOfType,
  REQUEST_KINDS_TEXT,
  typeOfKind,
} from "../protocols/nostr/kinds.ts";
import {
  type JobInput,
  type JobRequest,
  jobRequestTemplate,
  JobTagError,
  parseJobRequest,
} from "../protocols/nostr/nip90.ts";
import { imetaTag } from "../blobs/blob_reference.ts";
import { encodeToon } from "../protocols/toon/encode.ts";
import { readableRequest } from "./foreign_tags.ts";
import { InputError } from "./packing/input_error.ts";
import type { PackedInput } from "./pack_input.ts";
import type { Requirement } from "./requirement.ts";
import type { Preference } from "./standing.ts";

/** A job as the buyer describes it. */
export interface JobSpec {
  /** The type: `echo`, `ci-run`... A type that is not the kind's own name (`ci-cd-linux`) is also written as a tag. */
  readonly type: string;
  /** Replaces the type's kind. Required for an unknown type. */
  readonly kind?: number;
  /** The input. */
  readonly input: PackedInput | null;
  /** Parameters `name=value`, in order. */
  readonly params: readonly (readonly [name: string, value: string])[];
  /** The platform, e.g. `linux/amd64`. Null accepts any. */
  readonly platform: string | null;
  /** `t` tags. */
  readonly tags: readonly string[];
  /** MIME type of the result. */
  readonly output?: string;
  /** The most that the whole job may cost, in base units. */
  readonly bidUnits: bigint | null;
  /** The provider that is asked. Null accepts any. */
  readonly provider: string | null;
  /** What the provider's announcement must state. Default: nothing. */
  readonly requirements?: readonly Requirement[];
  /** How the provider is paid. `free` accepts only providers that run the job for nothing. Default: upfront. */
  readonly payment?: "upfront" | "on-delivery" | "metered" | "free";
  /** Which of the providers that fit is asked first. Default: the cheapest. */
  readonly prefer?: Preference;
  /** The relays on which answers should be published. */
  readonly relays: readonly string[];
  /** The time limit in seconds, 1 to 86,400. */
  readonly timeoutS: number;
  /** The key to which the answers of a private job are gift-wrapped. Null or absent if the job is public. */
  readonly answersKey?: string | null;
}

/** The largest event in bytes, for NIP-90 requests and results, unless the profile sets another limit. */
const EVENT_LIMIT_BYTES = 65_536;

/** The kind of a type, or `kind` if it is given. Throws InputError `bad_job`. */
export function kindOfJob(type: string, kind?: number): number {
  const found = kind ?? kindOfType(type);
  if (found === undefined) {
    throw new InputError("bad_job", `unknown job type ${JSON.stringify(type)}`, {
      suggestion: "Known types: echo, ci-run, image-build, text-generation; or give --kind N",
    });
  }
  if (!isJobRequestKind(found)) {
    throw new InputError("bad_job", `--kind must be from ${REQUEST_KINDS_TEXT} (got ${found})`);
  }
  return found;
}

/** Builds the request. Throws InputError `bad_job`, or `too_large` with the limit in its message. */
export function buildJobRequest(
  spec: JobSpec,
  buyer: Pubkey,
  nowS: number,
  limitBytes: number = EVENT_LIMIT_BYTES,
): UnsignedEvent {
  const kind = kindOfJob(spec.type, spec.kind);
  if (!Number.isInteger(spec.timeoutS) || spec.timeoutS < 1 || spec.timeoutS > 86_400) {
    throw new InputError("bad_job", `--timeout must be 1 to 86400 seconds (got ${spec.timeoutS})`);
  }
  if (spec.platform !== null && !/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(spec.platform)) {
    throw new InputError(
      "bad_job",
      `--platform is os/arch, e.g. linux/amd64 (got ${spec.platform})`,
    );
  }
  // Providers are found by their tags, so a type that is not the kind's own name becomes a tag.
  const named = typeOfKind(kind);
  const tags = [...spec.tags, ...(named !== undefined && spec.type !== named ? [spec.type] : [])];
  try {
    const template = jobRequestTemplate({
      kind,
      inputs: spec.input === null ? [] : [inputOf(spec.input)],
      params: paramsOf(spec),
      ...(spec.output === undefined ? {} : { output: spec.output }),
      ...(spec.bidUnits === null ? {} : { bid: { value: spec.bidUnits, unit: "units" } }),
      relays: spec.relays,
      providers: spec.provider === null ? [] : [providerOf(spec.provider)],
      topics: [...new Set(tags)],
      extraTags: [
        ["expiration", String(nowS + spec.timeoutS)],
        ...spec.payment === "on-delivery" || spec.payment === "metered"
          ? [["mode", spec.payment]]
          : [],
        ...spec.input?.blob === undefined ? [] : [imetaTag(spec.input.blob)],
        ...spec.answersKey ? [["answers", spec.answersKey]] : [],
      ],
    }, nowS);
    const event: UnsignedEvent = { ...template, pubkey: buyer };
    const sizeBytes = largestBytes(event);
    if (sizeBytes > limitBytes) {
      throw new InputError(
        "too_large",
        `the request needs ${sizeBytes} bytes, an event can hold ${limitBytes}`,
        { suggestion: "Send less, or give a repository as https://host/repo.git#commit" },
      );
    }
    return event;
  } catch (error) {
    if (!(error instanceof JobTagError)) throw error;
    throw new InputError("bad_job", `Cannot make the request: ${error.message}`, { cause: error });
  }
}

/**
 * The size of the signed event in bytes, in the larger of the two TOON forms. A write is priced by it, and the real size is never larger.
 */
export function signedBytes(event: UnsignedEvent): number {
  const signed = { ...event, id: "a".repeat(64), sig: "a".repeat(128) };
  return Math.max(encodeToon(signed, "1.4").length, encodeToon(signed, "4").length);
}

/** The size of the signed event in bytes, in its largest encoding. Limits are checked against it. */
export function largestBytes(event: UnsignedEvent): number {
  const json = JSON.stringify({ ...event, id: "0".repeat(64), sig: "0".repeat(128) });
  return Math.max(signedBytes(event), new TextEncoder().encode(json).length);
}

/** A request as the provider reads it. */
export interface ReadRequest extends JobRequest {
  /** The id of the request. */
  readonly eventId: EventId;
  /** The author of the request. */
  readonly buyer: Pubkey;
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  /** The expiration (NIP-40). Null if the buyer gave none. */
  readonly expiresAtS: number | null;
  /** The value of `param platform`. */
  readonly platform: string | null;
}

/**
 * Reads a verified request. It accepts the forms that programs in use write (foreign_tags.ts). `open` is the decrypted form of an encrypted
 * request. Throws JobTagError, or InputError `bad_job`.
 */
export function readJobRequest(event: NostrEvent, open: NostrEvent = event): ReadRequest {
  const request = open === event
    ? parseJobRequest(readableRequest(event))
    : { ...parseJobRequest(readableRequest(open)), encrypted: true };
  const expirations = event.tags.filter((tag) => tag[0] === "expiration");
  const text = expirations[0]?.[1];
  if (expirations.length > 1 || text !== undefined && !/^\d{1,12}$/.test(text)) {
    throw new InputError("bad_job", "an expiration tag must hold one time in seconds");
  }
  return {
    ...request,
    eventId: event.id,
    buyer: event.pubkey,
    createdAtS: event.created_at,
    expiresAtS: text === undefined ? null : Number(text),
    platform: request.params.find(({ name }) => name === "platform")?.values[0] ?? null,
  };
}

function inputOf({ input }: PackedInput): JobInput {
  const [, value, type] = input;
  // A provider would refuse it, but only after everybody could read it on the relay.
  if (type === "url" && URL.canParse(value)) {
    const { username, password } = new URL(value);
    if (username !== "" || password !== "") {
      throw new InputError("bad_input", "the input's URL holds a user or password", {
        suggestion: "Leave them out, or send a clone of the repository: --input FOLDER",
      });
    }
  }
  return { type: type as JobInput["type"], value };
}

function paramsOf(spec: JobSpec): { readonly name: string; readonly values: readonly string[] }[] {
  const params = new Map<string, string>();
  const put = (name: string, value: string) => {
    if (params.has(name)) throw new InputError("bad_job", `--param ${name} is given twice`);
    params.set(name, value);
  };
  for (const [, name, value] of spec.input?.params ?? []) put(name, value);
  for (const [name, value] of spec.params) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(name)) {
      throw new InputError("bad_job", `a --param is name=value (got ${JSON.stringify(name)})`);
    }
    // The buyer's own `name` parameter replaces the file name that the packing added.
    if (name === "name") params.delete(name);
    put(name, value);
  }
  if (spec.platform !== null) put("platform", spec.platform);
  return [...params].map(([name, value]) => ({ name, values: [value] }));
}

function providerOf(text: string): Pubkey {
  try {
    return asPubkey(text);
  } catch (cause) {
    if (!(cause instanceof EventError)) throw cause;
    throw new InputError("bad_job", "--provider is a public key of 64 hex digits, or an npub", {
      cause,
    });
  }
}
