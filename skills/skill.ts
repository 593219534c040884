/**
 * The contract of a skill. A skill handles Nostr events by kind. A provider's skill receives job requests and returns their results. A
 * buyer's callback skill receives the raw bytes of a result or feedback in the same way.
 *
 * - The skill gets exactly the bytes that were received from the socket. The pipeline has also verified and parsed the event, so a builtin
 *   need not decode it again.
 * - If a skill is killed during a run (crash, restart, replaced worker), it is started again with the same job id and a higher `attempt`.
 *   So it must be idempotent by job id. If the provider was killed, the command of an earlier attempt may still run during the new one.
 * - A skill never publishes, signs or pays. It returns an outcome, and the pipeline makes the events.
 *
 * @module
 */
import type { JsonSchema } from "./json_schema.ts";
import type { Pausing } from "../base/pausing.ts";
import type { RequestRules } from "./request_rules.ts";
import type { RequiredTier } from "./sandbox/tier.ts";
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Increment } from "../protocols/nostr/metered.ts";
import type { TokenPrice } from "../protocols/nostr/token_price.ts";
import type { BlobReference } from "../blobs/blob_reference.ts";
import type { BuildFacts, Envelope } from "../protocols/slsa/build_statement.ts";

/** The encoding of an event's bytes. */
type SkillEncoding = "toon" | "json";

/** The price of one run: `flatUnits + ceil(bytes x unitsPerKib / 1024)` and its tokens, in base units. */
export interface SkillPrice {
  /** The part for the run itself. */
  readonly flatUnits: bigint;
  /** The part for each KiB of the request. */
  readonly unitsPerKib: bigint;
  /** What an increment buys, if the job may also be paid while it runs (docs/money.md#metered). */
  readonly increment?: Increment;
  /** The price of tokens, if the skill counts them (docs/money.md#tokens). */
  readonly tokens?: TokenPrice;
}

/** The limits of one run. The host enforces them. */
export interface SkillLimits {
  /** The longest run, in seconds of wall-clock time. */
  readonly timeoutS: number;
  /** The most memory of all its processes together, and of each of them. */
  readonly memoryMb: number;
  /** The most processes at the same time. */
  readonly processes: number;
  /** The most bytes of standard output, and of standard error. */
  readonly outputBytes: number;
  /** The most MiB through the proxy of a skill that may reach some hosts, both directions together. Default: 256. */
  readonly networkMb?: number;
}

/** The permissions of a Deno module. A missing key means none. `run` and `ffi` are not available: use a command instead. */
interface DenoSkillPermissions {
  /** `host` or `host:port`. */
  readonly net?: readonly string[];
  /** Readable paths, absolute or relative to the skill's folder. The skill's folder and the work folder are always readable. */
  readonly read?: readonly string[];
  /** Writable paths, absolute or relative to the skill's folder. The work folder is always writable. */
  readonly write?: readonly string[];
  /** Names of environment variables that the module gets. */
  readonly env?: readonly string[];
}

/** What a command may use of the machine. */
interface CommandPermissions {
  /** Names of environment variables that are passed on. */
  readonly env: readonly string[];
  /** Hosts that it may reach through the proxy; `*` for every public host. An agent names the host of its model. */
  readonly net: readonly string[];
  /** Absolute paths that it may read in addition to its own folder, for example an agent's sign-in. */
  readonly read: readonly string[];
  /** False if the owner trusts the command with the whole machine, for example an agent with its own sign-in. */
  readonly sandbox: boolean;
}

/** How a skill is run. */
export type SkillRun =
  | { readonly type: "builtin" }
  | {
    readonly type: "deno";
    /** The path of the module, inside the skill's folder. */
    readonly module: string;
    readonly permissions: DenoSkillPermissions;
  }
  | CommandPermissions & {
    readonly type: "command";
    /** Program and arguments. A program with a slash is relative to the skill's folder. */
    readonly command: readonly string[];
  }
  | CommandPermissions & {
    /** A program that uses a model: a command whose standard input has its instructions and the request as data. */
    readonly type: "agent";
    /** The same as for a command. `{tools}` and `{budget_tokens}` are replaced by their values. */
    readonly command: readonly string[];
    /** The instructions in `SKILL.md`. */
    readonly instructions: string;
    /** The `allowed-tools` of `SKILL.md`. */
    readonly tools: readonly string[];
    /** The limit of tokens that its instructions state; null if there is only the time limit. */
    readonly budgetTokens: number | null;
  };

/** The images that a skill can build on this machine. It can be cloned (structured clone). */
export interface BuildOffer {
  /** The platforms, the machine's own first. Empty if nothing can be built. */
  readonly platforms: readonly { readonly platform: string; readonly emulated: boolean }[];
  /** The available base images, by their file names. */
  readonly bases: readonly string[];
}

/** The manifest of a skill: from the code of a builtin, or from the `skill.toml` of a folder. */
export interface SkillManifest {
  /** The name in kebab case, unique in a registry. `--callback` uses it. */
  readonly name: string;
  /** The version of the skill, for people. */
  readonly version: string;
  /** A description in one line, for people. */
  readonly description: string;
  /** The kinds that it handles. Empty for a callback skill that is only called by name. */
  readonly kinds: readonly number[];
  /**
   * For kinds that are not job requests. True: the skill gets only events that name this home in a `p` tag. False: it gets every event of
   * the kind at the relay.
   */
  readonly addressed: boolean;
  /** The names of its job type, for example `ci-run`. Listings show the first one. */
  readonly types: readonly string[];
  /** `t` tags that a provider announces with it. */
  readonly tags: readonly string[];
  /** The price of a run. */
  readonly price: SkillPrice;
  /** The encodings that it reads. */
  readonly accepts: SkillEncoding | "both";
  /** The limits of a run. */
  readonly limits: SkillLimits;
  /** The rules of the requests that it can run. Others are refused before they are paid. Default: any request. */
  readonly request?: RequestRules;
  /** The schema of a result's content. */
  readonly output?: JsonSchema;
  /** Whether gift wraps for this home are opened for the skill, and its answers wrapped. */
  readonly decrypt?: boolean;
  /** Whether it compares the answers of several providers for a buyer (docs/skills.md#judges). It then has no kinds and no price. */
  readonly judges?: boolean;
  /** The weakest sandbox in which it may run. Default: any. */
  readonly tier?: RequiredTier;
  /** The images that it can build. Missing for other skills. */
  readonly builds?: BuildOffer;
  /** How it is started. */
  readonly run: SkillRun;
}

/** The message in a gift wrap. Its author is verified. */
export type OpenedMessage = UnsignedEvent & Pick<NostrEvent, "id">;

/** One event for a skill. It can be cloned (structured clone). */
export interface SkillRequest {
  /** The job's short id. */
  readonly jobId: string;
  /** 1 for the first start; higher after a crash. */
  readonly attempt: number;
  /** The received bytes of the event, unchanged. */
  readonly bytes: Uint8Array;
  /** The encoding of the bytes. */
  readonly encoding: SkillEncoding;
  /** The request's kind. */
  readonly kind: number;
  /** The same event, decoded, with its id and signature verified. */
  readonly event: NostrEvent;
  /** The message in the event, if it is a gift wrap and the skill's manifest has `decrypt`. */
  readonly message?: OpenedMessage;
  /** Whether files that are kept must be encrypted for the buyer: the job is private or encrypted, or its result is sold for a key. */
  readonly hidden?: boolean;
  /** The job's own folder, which the host makes and removes. */
  readonly workdir: string;
  /** The seconds left for this run. The host uses the smaller of this and the manifest's limit. */
  readonly timeoutS?: number;
  /**
   * The most bytes of the content inside an event, as `contentBytes()` counts them. With it, the whole result event stays below the limit
   * of the relay or packet that carries it.
   */
  readonly maxContentBytes: number;
  /** Whether the request was encrypted to this provider, so that it may contain a secret. */
  readonly encrypted?: boolean;
  /** The storage that the price of this run covers. Missing if nothing can be stored. */
  readonly storage?: SkillStorage;
}

/** The storage that the price of a run covers. */
export interface SkillStorage {
  /** The largest file that may be stored. */
  readonly maxBytes: number;
  /** The provider's cost of a MiB in base units, rounded up for each file. */
  readonly unitsPerMib: bigint;
}

/** The test counts of a known runner. */
export interface TestCounts {
  /** The number of passed tests. */
  readonly passed: number;
  /** The number of failed tests. */
  readonly failed: number;
  /** The number of all tests that ran. */
  readonly total: number;
}

/** The outcome of a run. If a job's own command ran and failed (an exit code other than 0), the skill's status is still `success`. */
export interface SkillOutcome {
  /** How the run ended. */
  readonly status: "success" | "error" | "partial";
  /** The content of the result event. For `error`, a message for people, without secrets. */
  readonly content: string;
  /** A stable snake_case code, if `status` is `error`. */
  readonly errorCode?: string;
  /** The exit code of the command, if there was one. */
  readonly exitCode?: number;
  /** Present if the test runner is known. */
  readonly tests?: TestCounts;
  /** Additional tags of the result event. */
  readonly tags?: readonly (readonly string[])[];
  /** The end of the skill's standard error, for the provider's own log. It is never published. */
  readonly log?: string;
  /** The resources that its processes used. Missing if it started none. */
  readonly usage?: {
    readonly cpuMs: number | null;
    readonly memoryBytes: number | null;
    /** The bytes that they printed. */
    readonly outputBytes: number;
    /** The bytes that they sent and received through the proxy. Null or missing without a proxy. */
    readonly networkBytes?: number | null;
  };
  /** The duration by the wall clock. */
  readonly durationMs: number;
}

/** The progress of a running skill. It becomes a feedback event (kind 7000). */
export interface SkillProgress {
  /** The status of the feedback. */
  readonly status: "processing" | "partial";
  /** A message for people. */
  readonly message: string;
  /** A part of the result. */
  readonly content?: string;
}

/** Storage for data that is too large for an event. The event names it by reference (docs/blobs.md). */
export interface SkillBlobs {
  /** Stores bytes, or a file below the run's work folder. The reference goes into a tag (`imetaTag()`). Rejects with BlobTransferError. */
  put(
    source: { readonly bytes: Uint8Array } | { readonly file: string },
    labels?: {
      readonly type?: string;
      readonly name?: string;
      readonly chunked?: boolean;
      /** If present, the blob is encrypted for this key, 64 hex digits. */
      readonly reader?: string;
    },
  ): Promise<BlobReference>;
  /** Fetches a blob. Returns the path of a file with verified bytes, which must not be changed. Rejects with BlobTransferError. */
  fetch(
    reference: BlobReference,
    limits: { readonly maxBytes: number },
  ): Promise<{ readonly path: string }>;
}

/** What the host gives a run in addition to its request. */
export interface SkillContext {
  /** Aborted at the time limit, at cancellation and at shutdown. */
  readonly signal: AbortSignal;
  /** Present if the buyer may pause the run. */
  readonly pausing?: Pausing;
  /** Reports progress. It may be called any number of times, because the host limits the events. */
  readonly feedback: (progress: SkillProgress) => void;
  /** Missing if a home stores no blobs. */
  readonly blobs?: SkillBlobs;
  /** Takes the job's output for the live log of its buyer. Returns at once. Output above the limit is left out. */
  readonly output: (bytes: Uint8Array) => void;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Signs a statement about a built image with the provider's key. Missing if there is no key. */
  readonly attest?: (facts: BuildFacts) => Promise<Envelope>;
}

/** A skill that runs in the sink's own worker. Only code of this program may do so. */
export interface BuiltinSkill {
  /** Its manifest. */
  readonly manifest: SkillManifest;
  /** Whether it runs commands from its requests. */
  readonly runsCommands?: boolean;
  /** Whether it writes no files. Then no `workdir` is made. */
  readonly writesNothing?: boolean;
  /** Runs a request. Never throws for a bad request: the outcome then has the status `error`. */
  run(request: SkillRequest, context: SkillContext): Promise<SkillOutcome>;
}

/** The bytes of a text as the content of an event: its JSON string in UTF-8, including quotes. TOON needs no more. */
export function contentBytes(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length;
}
