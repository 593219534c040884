/**
 * Whether a provider takes a request, before any compute: verified, for us, of a kind and platform we serve, in time, from a
 * buyer we serve, runnable by its skill, and there is room. The same rule for requests that were paid and for free ones that came over the relay.
 *
 * @module
 */
import type { Asset } from "../protocols/ilp/asset.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { IMAGE_BUILD, typeOfKind } from "../protocols/nostr/kinds.ts";
import { JobTagError } from "../protocols/nostr/nip90.ts";
import { answersKeyOf } from "../protocols/nostr/private_job.ts";
import type { JobRow } from "../store/job_row.ts";
import { type KindPrice, priceOfKind } from "./announcement.ts";
import { InputError } from "./packing/input_error.ts";
import { readJobRequest, type ReadRequest } from "./job_request.ts";

/** What a provider serves. */
export interface AdmissionRules {
  /** Own public key in hex. */
  readonly pubkey: string;
  /** What is served, and for how much. */
  readonly prices: readonly KindPrice[];
  /** Own platform, e.g. `linux/amd64`. */
  readonly platform: string;
  /** What refusals tell amounts in; base units as such unless told. */
  readonly asset?: Asset;
  /** Null serves everyone; else these keys alone. */
  readonly allowBuyers: readonly string[] | null;
  /** Why the skill of the request's kind cannot run it; null where it can, or where nobody knows. */
  readonly check?: (
    open: NostrEvent,
    encrypted: boolean,
  ) => Pick<Refused, "fault" | "message"> | null;
  /** How old a request may be when it is paid; default an hour. */
  readonly maxAgeS?: number;
  /** Of a job that names no expiration; default 300. */
  readonly timeoutS?: number;
}

/** Why a request is not taken. */
export type AdmissionFault =
  | "malformed"
  | "kind_not_served"
  | "other_provider"
  | "wrong_platform"
  | "buyer_not_allowed"
  | "expired"
  | "from_the_future"
  | "encrypted_nip04"
  | "undecryptable"
  | "bad_input"
  | "sandbox_required";

/** Why not. */
interface Refused {
  readonly fault: AdmissionFault;
  readonly message: string;
}

/** The verdict: what is asked and what it costs, or why not. */
export type Admission =
  | { readonly request: ReadRequest; readonly priceUnits: bigint }
  | Refused;

const SKEW_S = 300;

/**
 * Judges a verified request of `sizeBytes` on the wire. `open` is the same request decrypted, where it was encrypted and is opened
 * already; before that its platform is not known.
 */
export function admit(
  event: NostrEvent,
  sizeBytes: number,
  rules: AdmissionRules,
  nowMs: number,
  open: NostrEvent = event,
): Admission {
  const nowS = nowMs / 1000;
  const priceUnits = priceOfKind(rules.prices, event.kind, sizeBytes);
  if (priceUnits === null) {
    return fault("kind_not_served", `kind ${event.kind} is not served here`);
  }
  let request: ReadRequest;
  try {
    request = readJobRequest(event, open);
  } catch (error) {
    if (!(error instanceof JobTagError || error instanceof InputError)) throw error;
    return fault("malformed", error.message);
  }
  const own = request.providers.map(String).includes(rules.pubkey);
  if (request.providers.length > 0 && !own) {
    return fault("other_provider", "the request asks other providers");
  }
  if (request.encrypted && event.content.includes("?iv=")) {
    return fault("encrypted_nip04", "NIP-04 is not served here: encrypt the request by NIP-44");
  }
  // What an image is built for is not what it is built on: its skill knows.
  const named = event.kind === IMAGE_BUILD.kind ? null : request.platform;
  if (named !== null && named !== rules.platform) {
    return fault("wrong_platform", `this is ${rules.platform}, the job wants ${named}`);
  }
  if (rules.allowBuyers !== null && !rules.allowBuyers.includes(request.buyer)) {
    return fault("buyer_not_allowed", "the buyer is not on the allow list");
  }
  if (request.createdAtS > nowS + SKEW_S) {
    return fault("from_the_future", "the request is dated in the future");
  }
  const old = request.createdAtS < nowS - (rules.maxAgeS ?? 3600);
  if (old || request.expiresAtS !== null && request.expiresAtS <= nowS) {
    return fault("expired", "the request is too old");
  }
  // Of an encrypted request that is not open yet nothing is known that could be checked.
  const refused = request.encrypted && open === event
    ? null
    : rules.check?.(open, request.encrypted || answersKeyOf(event) !== null);
  return refused ?? { request, priceUnits };
}

/** The provider's row of an admitted request. `bytes` are the event as it came. */
export function providerRow(
  admitted: Extract<Admission, { priceUnits: bigint }>,
  bytes: Uint8Array,
  jobId: string,
  paid: boolean,
  rules: AdmissionRules,
  nowMs: number,
): JobRow {
  const { request, priceUnits } = admitted;
  const leftS = request.expiresAtS === null
    ? rules.timeoutS ?? 300
    : Math.max(1, Math.ceil(request.expiresAtS - nowMs / 1000));
  return {
    jobId,
    role: "provider",
    eventId: request.eventId,
    kind: request.kind,
    type: typeOfKind(request.kind) ?? `kind-${request.kind}`,
    status: "paid",
    buyer: request.buyer,
    provider: rules.pubkey,
    callbackSkill: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    timeoutS: leftS,
    amountUnits: priceUnits,
    jobPaid: paid,
    writeUnits: 0n,
    request: bytes,
    resultEventId: null,
    result: null,
    exitCode: null,
    errorCode: null,
    errorMessage: null,
    attempt: 0,
  };
}

function fault(code: AdmissionFault, message: string): Admission {
  return { fault: code, message };
}
