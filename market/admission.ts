/**
 * Decides whether a provider accepts a request, before any work: its signature is verified, it is addressed to this provider, its kind and
 * platform are served, it has not expired, its buyer is allowed, and the skill can run it. The same rules hold for paid requests and for
 * free requests from the relay.
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
  /** The kinds that are served, and their prices. */
  readonly prices: readonly KindPrice[];
  /** Own platform, e.g. `linux/amd64`. */
  readonly platform: string;
  /** The asset in which refusals name amounts. Default: base units. */
  readonly asset?: Asset;
  /** The buyers that are served. Null serves every buyer. */
  readonly allowBuyers: readonly string[] | null;
  /** Returns why the skill of the request's kind cannot run it. Null if it can, or if that is not known. */
  readonly check?: (
    open: NostrEvent,
    encrypted: boolean,
  ) => Pick<Refused, "fault" | "message"> | null;
  /** The greatest age of a request when it is paid, in seconds. Default: one hour. */
  readonly maxAgeS?: number;
  /** The time limit of a job without an expiration, in seconds. Default: 300. */
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

/** A refusal. */
interface Refused {
  readonly fault: AdmissionFault;
  readonly message: string;
}

/** The decision: the request and its price, or why it is refused. */
export type Admission =
  | { readonly request: ReadRequest; readonly priceUnits: bigint }
  | Refused;

const SKEW_S = 300;

/**
 * Checks a verified request. `sizeBytes` is its size on the wire. `open` is the decrypted form of an encrypted request. Without `open`, the
 * platform of an encrypted request is not known.
 */
export function admit(
  event: NostrEvent,
  sizeBytes: number,
  rules: AdmissionRules,
  nowMs: number,
  open: NostrEvent = event,
): Admission {
  const nowS = nowMs / 1000;
  const priceUnits = priceOfKind(rules.prices, event.kind, sizeBytes, event);
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
    return fault("other_provider", "the request names other providers");
  }
  if (request.encrypted && event.content.includes("?iv=")) {
    return fault("encrypted_nip04", "NIP-04 is not supported: encrypt the request with NIP-44");
  }
  // An image can be built for another platform than the provider's own. The skill checks that.
  const named = event.kind === IMAGE_BUILD.kind ? null : request.platform;
  if (named !== null && named !== rules.platform) {
    return fault(
      "wrong_platform",
      `this provider's platform is ${rules.platform}, the job requires ${named}`,
    );
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
  // The tags and inputs of an encrypted request cannot be checked before it is decrypted.
  const refused = request.encrypted && open === event
    ? null
    : rules.check?.(open, request.encrypted || answersKeyOf(event) !== null);
  return refused ?? { request, priceUnits };
}

/** The provider's row of an admitted request. `bytes` are the event's bytes as they were received. */
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
