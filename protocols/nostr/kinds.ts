/**
 * The kinds with known names: the job kinds of the NIP-90 registry, our own kinds, and other kinds that a market uses. Pure.
 *
 * Routing never depends on this table: every kind from 5000 to 5999 is a request, and the kind of its result is 1000 higher.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md
 * @see https://github.com/nostr-protocol/data-vending-machines
 * @module
 */
import type { Increment } from "./metered.ts";

/** One known kind. */
interface KindInfo {
  /** The number. */
  readonly kind: number;
  /** The name, in lowercase with hyphens. Request and result of a job have the same name. */
  readonly name: string;
  /** Its role in the market. */
  readonly role: "request" | "result" | "feedback" | "other";
  /** Other names of the job. */
  readonly aliases: readonly string[];
}

/** Job feedback (NIP-90). */
export const FEEDBACK_KIND = 7000;
/** The relays that a key publishes to and reads (NIP-65). */
export const RELAY_LIST_KIND = 10002;
/** The relays at which a key reads private messages (NIP-17). */
export const MESSAGE_RELAYS_KIND = 10050;
/** Data of a program (NIP-78); here a schema that is too long for an announcement. */
export const APP_DATA_KIND = 30078;
/** The keys that a key follows (NIP-02). */
export const FOLLOWS_KIND = 3;
/** A label (NIP-32), with which a buyer reviews a job. */
export const REVIEW_KIND = 1985;
/** The announcement of an ILP node. */
export const ILP_PEER_INFO_KIND = 10032;
/** An SPSP request for payment details. */
export const SPSP_REQUEST_KIND = 23194;
/** The answer to an SPSP request. */
export const SPSP_RESPONSE_KIND = 23195;
/** A buyer's question for the log of its job. It is ephemeral and sent only in packets. */
export const JOB_LOG_REQUEST_KIND = 25601;
/** The provider's answer with a part of the log. */
export const JOB_LOG_KIND = 25602;
/** A buyer's order of the key to a sealed result. It is ephemeral and sent in the packet that pays for the key. */
export const DELIVERY_ORDER_KIND = 25603;
/**
 * A buyer's order of an increment of a job that is paid while it runs. It is ephemeral and sent in the packet that pays for the increment.
 */
export const INCREMENT_ORDER_KIND = 25604;
/** A provider's announcement (NIP-89). */
export const ANNOUNCEMENT_KIND = 31990;
/** The authentication of a key to a relay (NIP-42). */
export const AUTH_KIND = 22242;
/** Application data (NIP-78): the statement that binds a payment key, the signature of a skill, the event that `doctor --packet` pays for. */
export const APPLICATION_DATA_KIND = 30078;
/** The permission to read or write a blob at a Blossom server (BUD-11). It is never stored at a relay. */
export const BLOB_AUTHORIZATION_KIND = 24242;
/** Our own kind: an order of storage for blobs. It is written and paid at a relay like any event (docs/blobs.md#quota). */
export const BLOB_ORDER_KIND = 8242;
/** An author's request to delete own events (NIP-09). */
export const DELETION_KIND = 5;

/** A seal: a message that its author signed for one reader (NIP-59). */
export const SEAL_KIND = 13;
/** A private message (NIP-17). */
export const PRIVATE_MESSAGE_KIND = 14;
/** A gift wrap: a sealed message, signed with a random key (NIP-59). */
export const GIFT_WRAP_KIND = 1059;
/** How far `created_at` of a gift wrap may be before its real time, in seconds. */
export const BACKDATED_S = 172_800;

/** How many seconds before its real time `created_at` of an event that the filter requests may be: 0, except for gift wraps. */
export function backdatedS({ kinds = [] }: { readonly kinds?: readonly number[] }): number {
  return kinds.includes(GIFT_WRAP_KIND) ? BACKDATED_S : 0;
}

/** A job that this program can run itself: its kind, its names, and the default price and limits of its builtin skill. */
interface OwnJob {
  /** The kind of the request. */
  readonly kind: number;
  /** The names of the type. Listings show the first one. */
  readonly types: readonly [string, ...string[]];
  /** The price in base units: `flatUnits + ceil(bytes x unitsPerKib / 1024)`, with the bytes of the request. */
  readonly price: {
    readonly flatUnits: bigint;
    readonly unitsPerKib: bigint;
    readonly increment?: Increment;
  };
  /** The limits of one run. */
  readonly limits: {
    readonly timeoutS: number;
    readonly memoryMb: number;
    readonly processes: number;
    readonly outputBytes: number;
  };
}

/** Returns its input text. The price covers the provider's cost to publish the answer, at 10 units per byte. */
export const ECHO: OwnJob = {
  kind: 5600,
  types: ["echo"],
  price: { flatUnits: 20_000n, unitsPerKib: 11_000n },
  limits: { timeoutS: 10, memoryMb: 64, processes: 1, outputBytes: 65_536 },
};

/** Runs a command on a project. The price covers a result of 9 KiB at 10 units per byte. */
export const CI_RUN: OwnJob = {
  kind: 5601,
  types: ["ci-run", "ci-cd-linux"],
  price: { flatUnits: 100_000n, unitsPerKib: 0n, increment: { unit: "second", size: 15 } },
  limits: { timeoutS: 300, memoryMb: 2_048, processes: 256, outputBytes: 16 << 20 },
};

/** Asks a model of the provider. The price covers a result of 4 KiB and three partial results at 10 units per byte. */
export const TEXT_GENERATION: OwnJob = {
  kind: 5050,
  types: ["text-generation"],
  price: { flatUnits: 80_000n, unitsPerKib: 20_000n, increment: { unit: "kib", size: 1 } },
  limits: { timeoutS: 120, memoryMb: 64, processes: 1, outputBytes: 65_536 },
};

/** Builds a container image, and runs the image's test in it. The price covers a result of 19 KiB at 10 units per byte. */
export const IMAGE_BUILD: OwnJob = {
  kind: 5602,
  types: ["image-build", "docker-build-amd64", "docker-build-arm64"],
  price: { flatUnits: 200_000n, unitsPerKib: 0n },
  limits: { timeoutS: 900, memoryMb: 4_096, processes: 512, outputBytes: 16 << 20 },
};

/** The first and the last kind of requests. */
export const REQUEST_KINDS = { first: 5000, last: 5999 } as const;
/** The kind of a result is the kind of its request plus this. */
const RESULT_OFFSET = 1000;
const RESULT_KINDS = {
  first: REQUEST_KINDS.first + RESULT_OFFSET,
  last: REQUEST_KINDS.last + RESULT_OFFSET,
};
/** The text "5000 to 5999", for messages and help. */
export const REQUEST_KINDS_TEXT = `${REQUEST_KINDS.first} to ${REQUEST_KINDS.last}`;
/** The same for results. */
export const RESULT_KINDS_TEXT = `${RESULT_KINDS.first} to ${RESULT_KINDS.last}`;

type Row = readonly [kind: number, name: string, ...aliases: string[]];

const JOBS: readonly Row[] = [
  [5000, "text-extraction"],
  [5001, "summarization"],
  [5002, "translation"],
  [TEXT_GENERATION.kind, ...TEXT_GENERATION.types],
  [5100, "image-generation"],
  [5200, "video-conversion"],
  [5201, "video-translation"],
  [5202, "image-to-video"],
  [5250, "text-to-speech"],
  [5300, "content-discovery"],
  [5301, "people-discovery"],
  [5302, "content-search"],
  [5303, "people-search"],
  [5400, "event-count"],
  [5500, "malware-scan"],
  ...[ECHO, CI_RUN, IMAGE_BUILD].map(({ kind, types }): Row => [kind, ...types]),
  [5900, "event-timestamp"],
  [5901, "op-return"],
  [5905, "publish-schedule"],
  [5970, "event-pow"],
];

const OTHERS: readonly Row[] = [
  [0, "profile"],
  [1, "note"],
  [FOLLOWS_KIND, "follows"],
  [DELETION_KIND, "deletion"],
  [SEAL_KIND, "seal"],
  [PRIVATE_MESSAGE_KIND, "private-message"],
  [GIFT_WRAP_KIND, "gift-wrap"],
  [RELAY_LIST_KIND, "relay-list"],
  [ILP_PEER_INFO_KIND, "ilp-peer-info"],
  [MESSAGE_RELAYS_KIND, "message-relays"],
  [REVIEW_KIND, "label"],
  [BLOB_ORDER_KIND, "blob-order"],
  [AUTH_KIND, "relay-auth"],
  [SPSP_REQUEST_KIND, "spsp-request"],
  [SPSP_RESPONSE_KIND, "spsp-response"],
  [JOB_LOG_REQUEST_KIND, "job-log-request"],
  [JOB_LOG_KIND, "job-log"],
  [DELIVERY_ORDER_KIND, "delivery-order"],
  [INCREMENT_ORDER_KIND, "increment-order"],
  [BLOB_AUTHORIZATION_KIND, "blob-authorization"],
  [ANNOUNCEMENT_KIND, "handler-info"],
  [APP_DATA_KIND, "app-data"],
];

/** Every known kind, by number. */
export const KINDS: ReadonlyMap<number, KindInfo> = new Map([
  ...JOBS.map((row) => info(row, "request")),
  ...JOBS.map(([kind, ...names]) => info([kind + RESULT_OFFSET, ...names], "result")),
  info([FEEDBACK_KIND, "job-feedback"], "feedback"),
  ...OTHERS.map((row) => info(row, "other")),
]);

const KIND_OF_TYPE: ReadonlyMap<string, number> = new Map(
  JOBS.flatMap(([kind, ...names]) => names.map((name) => [name, kind] as const)),
);

/** Every known job type, including aliases. */
export const JOB_TYPES: readonly string[] = [...KIND_OF_TYPE.keys()];

/** Whether the kind is a job request: 5000 to 5999, also without a known name. */
export function isJobRequestKind(kind: number): boolean {
  return Number.isInteger(kind) && kind >= REQUEST_KINDS.first && kind <= REQUEST_KINDS.last;
}

/** Whether the kind is a job result: 6000 to 6999, also without a known name. */
export function isJobResultKind(kind: number): boolean {
  return Number.isInteger(kind) && kind >= RESULT_KINDS.first && kind <= RESULT_KINDS.last;
}

/** Whether the kind is a request, a result or feedback. */
export function isMarketKind(kind: number): boolean {
  return isJobRequestKind(kind) || isJobResultKind(kind) || kind === FEEDBACK_KIND;
}

/** The kind of a request's result. Throws a RangeError if the argument is not the kind of a request. */
export function resultKindOf(requestKind: number): number {
  if (isJobRequestKind(requestKind)) return requestKind + RESULT_OFFSET;
  throw new RangeError(`a request's kind must be from ${REQUEST_KINDS_TEXT} (got ${requestKind})`);
}

/** The kind of the request that a result answers. Throws a RangeError if the argument is not the kind of a result. */
export function requestKindOf(resultKind: number): number {
  if (isJobResultKind(resultKind)) return resultKind - RESULT_OFFSET;
  throw new RangeError(`a result's kind must be from ${RESULT_KINDS_TEXT} (got ${resultKind})`);
}

/**
 * The request kind of a job type, by its name or an alias; undefined if it is not known.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { kindOfType } from "./kinds.ts";
 *
 * assert.equal(kindOfType("ci-run"), 5601);
 * assert.equal(kindOfType("ci-cd-linux"), 5601);
 * assert.equal(kindOfType("teleport"), undefined);
 * ```
 */
export function kindOfType(type: string): number | undefined {
  return KIND_OF_TYPE.get(type);
}

/** The name of a job type, by the kind of its request or result; undefined if it is not known. */
export function typeOfKind(kind: number): string | undefined {
  const known = KINDS.get(kind);
  return known?.role === "request" || known?.role === "result" ? known.name : undefined;
}

function info([kind, name, ...aliases]: Row, role: KindInfo["role"]): readonly [number, KindInfo] {
  return [kind, { kind, name, role, aliases }];
}
