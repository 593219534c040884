/**
 * The kinds that we know by name: the job kinds of the NIP-90 registry, our own, and what a market meets beside them. Pure.
 *
 * Routing never depends on this table: any kind from 5000 to 5999 is a request, its result is that kind plus 1000.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md
 * @see https://github.com/nostr-protocol/data-vending-machines
 * @module
 */

/** One known kind. */
interface KindInfo {
  /** The number. */
  readonly kind: number;
  /** Lowercase with hyphens; of a job, the name of its type, which request and result share. */
  readonly name: string;
  /** Its part in the market. */
  readonly role: "request" | "result" | "feedback" | "other";
  /** Other names by which people ask for the job. */
  readonly aliases: readonly string[];
}

/** Kind of NIP-90 feedback. */
export const FEEDBACK_KIND = 7000;
/** What an ILP node says of itself. */
export const ILP_PEER_INFO_KIND = 10032;
/** A question for payment details. */
export const SPSP_REQUEST_KIND = 23194;
/** Its answer. */
export const SPSP_RESPONSE_KIND = 23195;
/** A buyer's question for the log of its job. Ephemeral: it travels in packets alone. */
export const JOB_LOG_REQUEST_KIND = 25601;
/** The provider's answer. */
export const JOB_LOG_KIND = 25602;
/** A buyer's order of the key to a sealed result. Ephemeral: it travels in the packet that pays for it. */
export const DELIVERY_ORDER_KIND = 25603;
/** A buyer's order of an increment of a job that is paid while it runs. Ephemeral: it travels in the packet that pays for it. */
export const INCREMENT_ORDER_KIND = 25604;
/** What a provider offers (NIP-89). */
export const ANNOUNCEMENT_KIND = 31990;
/** The proof of a key to a relay (NIP-42). */
export const AUTH_KIND = 22242;
/** Application data (NIP-78), among it the statement that binds a payment key. */
export const KEY_BINDING_KIND = 30078;
/** Leave to read or write a blob at a Blossom server (BUD-11); never stored at a relay. */
export const BLOB_AUTHORIZATION_KIND = 24242;
/** Our own: an order of storage for blobs, written and paid at a relay like any event (docs/blobs.md#quota). */
export const BLOB_ORDER_KIND = 8242;
/** Kind of the wish that own events be deleted (NIP-09). */
export const DELETION_KIND = 5;

/** A message that its author signed for one reader (NIP-59). */
export const SEAL_KIND = 13;
/** A private message (NIP-17). */
export const PRIVATE_MESSAGE_KIND = 14;
/** A sealed message under a key that nobody knows (NIP-59). */
export const GIFT_WRAP_KIND = 1059;
/** How long before its time a wrap may say that it was made, seconds. */
export const BACKDATED_S = 172_800;

/** By how many seconds events that a filter asks for may be older than the moment at which they came: 0 but for gift wraps. */
export function backdatedS({ kinds = [] }: { readonly kinds?: readonly number[] }): number {
  return kinds.includes(GIFT_WRAP_KIND) ? BACKDATED_S : 0;
}

/** A job that this program can do itself: its kind, its names, and what its builtin skill asks and may use unless told. */
interface OwnJob {
  /** Of the request. */
  readonly kind: number;
  /** Names of the type, the first shows in listings. */
  readonly types: readonly [string, ...string[]];
  /** Base units: `flatUnits + ceil(bytes x unitsPerKib / 1024)` of the request. */
  readonly price: {
    readonly flatUnits: bigint;
    readonly unitsPerKib: bigint;
    readonly incrementS?: number;
  };
  /** Bounds of one run. */
  readonly limits: {
    readonly timeoutS: number;
    readonly memoryMb: number;
    readonly processes: number;
    readonly outputBytes: number;
  };
}

/** Gives text back. Its price covers what its provider pays to publish the answer, at 10 units a byte. */
export const ECHO: OwnJob = {
  kind: 5600,
  types: ["echo"],
  price: { flatUnits: 20_000n, unitsPerKib: 11_000n },
  limits: { timeoutS: 10, memoryMb: 64, processes: 1, outputBytes: 65_536 },
};

/** Runs a command on a project. Its price covers a result of 9 KiB at 10 units a byte. */
export const CI_RUN: OwnJob = {
  kind: 5601,
  types: ["ci-run", "ci-cd-linux"],
  price: { flatUnits: 100_000n, unitsPerKib: 0n, incrementS: 15 },
  limits: { timeoutS: 300, memoryMb: 2_048, processes: 256, outputBytes: 16 << 20 },
};

/** Asks a model of the provider's. Its price covers a result of 4 KiB and three partial ones at 10 units a byte. */
export const TEXT_GENERATION: OwnJob = {
  kind: 5050,
  types: ["text-generation"],
  price: { flatUnits: 80_000n, unitsPerKib: 20_000n },
  limits: { timeoutS: 120, memoryMb: 64, processes: 1, outputBytes: 65_536 },
};

/** Builds a container image, and runs its test in it. Its price covers a result of 19 KiB at 10 units a byte. */
export const IMAGE_BUILD: OwnJob = {
  kind: 5602,
  types: ["image-build", "docker-build-amd64", "docker-build-arm64"],
  price: { flatUnits: 200_000n, unitsPerKib: 0n },
  limits: { timeoutS: 900, memoryMb: 4_096, processes: 512, outputBytes: 16 << 20 },
};

/** Kinds of requests: from the first to the last. */
export const REQUEST_KINDS = { first: 5000, last: 5999 } as const;
/** A result's kind is its request's plus this. */
const RESULT_OFFSET = 1000;
const RESULT_KINDS = {
  first: REQUEST_KINDS.first + RESULT_OFFSET,
  last: REQUEST_KINDS.last + RESULT_OFFSET,
};
/** The words "5000 to 5999" for messages and help. */
export const REQUEST_KINDS_TEXT = `${REQUEST_KINDS.first} to ${REQUEST_KINDS.last}`;
/** The same of results. */
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
  [3, "follows"],
  [DELETION_KIND, "deletion"],
  [SEAL_KIND, "seal"],
  [PRIVATE_MESSAGE_KIND, "private-message"],
  [GIFT_WRAP_KIND, "gift-wrap"],
  [10002, "relay-list"],
  [ILP_PEER_INFO_KIND, "ilp-peer-info"],
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

/** Every known job type, aliases among them. */
export const JOB_TYPES: readonly string[] = [...KIND_OF_TYPE.keys()];

/** Whether the kind is a job request: 5000 to 5999, known by name or not. */
export function isJobRequestKind(kind: number): boolean {
  return Number.isInteger(kind) && kind >= REQUEST_KINDS.first && kind <= REQUEST_KINDS.last;
}

/** Whether the kind is a job result: 6000 to 6999, known by name or not. */
export function isJobResultKind(kind: number): boolean {
  return Number.isInteger(kind) && kind >= RESULT_KINDS.first && kind <= RESULT_KINDS.last;
}

/** True for what the market of jobs is made of: requests, results and feedback. */
export function isMarketKind(kind: number): boolean {
  return isJobRequestKind(kind) || isJobResultKind(kind) || kind === FEEDBACK_KIND;
}

/** The kind of a request's result. Throws a RangeError unless the kind is a request's. */
export function resultKindOf(requestKind: number): number {
  if (isJobRequestKind(requestKind)) return requestKind + RESULT_OFFSET;
  throw new RangeError(`a request's kind must be from ${REQUEST_KINDS_TEXT} (got ${requestKind})`);
}

/** The kind of the request that a result answers. Throws a RangeError unless the kind is a result's. */
export function requestKindOf(resultKind: number): number {
  if (isJobResultKind(resultKind)) return resultKind - RESULT_OFFSET;
  throw new RangeError(`a result's kind must be from ${RESULT_KINDS_TEXT} (got ${resultKind})`);
}

/**
 * The request kind of a job type, by its name or an alias; undefined when it is not known.
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

/** The name of a job type, from the kind of its request or result; undefined when it is not known. */
export function typeOfKind(kind: number): string | undefined {
  const known = KINDS.get(kind);
  return known?.role === "request" || known?.role === "result" ? known.name : undefined;
}

function info([kind, name, ...aliases]: Row, role: KindInfo["role"]): readonly [number, KindInfo] {
  return [kind, { kind, name, role, aliases }];
}
