/**
 * The contract of a skill: a thing that handles Nostr events by kind. A provider's skill takes job requests and gives their
 * result; a buyer's callback skill is handed the raw bytes of a result or feedback in the same way.
 *
 * - The bytes reach the skill exactly as they came off the socket. The event beside them was verified and parsed by the
 *   pipeline, so that a builtin need not decode them again.
 * - A skill killed mid-run (crash, restart, replaced worker) is started again with the same job id and a higher `attempt`.
 *   It must therefore be idempotent by job id: whatever an earlier attempt left in `workdir` may be half done, and a command
 *   whose provider was killed may go on to its own end beside the new attempt.
 * - A skill never publishes, signs or pays. It returns an outcome; the pipeline makes the events of it.
 *
 * @module
 */
import type { JsonSchema } from "./json_schema.ts";
import type { RequestRules } from "./request_rules.ts";
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import type { BlobReference } from "../blobs/blob_reference.ts";
import type { BuildFacts, Envelope } from "../protocols/slsa/build_statement.ts";

/** How the bytes of an event are written. */
type SkillEncoding = "toon" | "json";

/** What a provider charges for one run: `flatUnits + ceil(bytes x unitsPerKib / 1024)`, in base units. */
export interface SkillPrice {
  /** For the run itself. */
  readonly flatUnits: bigint;
  /** For each KiB of the request. */
  readonly unitsPerKib: bigint;
  /** Run time of an increment, seconds, if it may also be paid while it runs (docs/money.md#metered). */
  readonly incrementS?: number;
}

/** Bounds of one run. Each is kept by the host, whatever the skill does. */
export interface SkillLimits {
  /** Wall clock, seconds. */
  readonly timeoutS: number;
  /** Of all its processes together, and of each of them. */
  readonly memoryMb: number;
  /** At the same time. */
  readonly processes: number;
  /** Of standard output, and of standard error. */
  readonly outputBytes: number;
  /** Through the proxy of a skill that may reach some hosts, both directions together; 256 unless told. */
  readonly networkMb?: number;
}

/** Exactly what a Deno module may do; an absent key is nothing. `run` and `ffi` cannot be asked for: use a command. */
interface DenoSkillPermissions {
  /** `host` or `host:port`. */
  readonly net?: readonly string[];
  /** Paths, absolute or relative to the skill's folder. The skill's folder and the work folder are readable anyway. */
  readonly read?: readonly string[];
  /** Paths, absolute or relative to the skill's folder. The work folder is writable anyway. */
  readonly write?: readonly string[];
  /** Names of environment variables, passed on and readable. */
  readonly env?: readonly string[];
}

/** How a skill is run. */
export type SkillRun =
  | { readonly type: "builtin" }
  | {
    readonly type: "deno";
    /** Path of the module, inside the skill's folder. */
    readonly module: string;
    readonly permissions: DenoSkillPermissions;
  }
  | {
    readonly type: "command";
    /** Program and arguments; a program with a slash is relative to the skill's folder. */
    readonly command: readonly string[];
    /** Names of environment variables that are passed on. */
    readonly env: readonly string[];
    /** Hosts that it may reach through the proxy, as of a module; `*` for the whole network. */
    readonly net: readonly string[];
    /** Paths that it may read where they lie, absolute; beside its own folder. */
    readonly read: readonly string[];
    /** False where the owner trusts the command with the whole machine, e.g. an agent with its own sign-in. */
    readonly sandbox: boolean;
  }
  | {
    /** A program that asks a model: a command whose standard input is its instructions and the request as data. */
    readonly type: "agent";
    /** As of a command; `{tools}` and `{budget_tokens}` in it are filled in. */
    readonly command: readonly string[];
    /** Names of environment variables that are passed on. */
    readonly env: readonly string[];
    /** As of a command: an agent names its model's host. */
    readonly net: readonly string[];
    /** Paths that it may read where they lie, e.g. its sign-in. */
    readonly read: readonly string[];
    /** As of a command. */
    readonly sandbox: boolean;
    /** What `SKILL.md` tells it. */
    readonly instructions: string;
    /** The `allowed-tools` of `SKILL.md`. */
    readonly tools: readonly string[];
    /** Tokens that it is told to keep to; null where only time limits it. */
    readonly budgetTokens: number | null;
  };

/** Which images a skill builds on this machine. Survives a structured clone. */
export interface BuildOffer {
  /** Platforms, the machine's own first; empty where nothing can be built. */
  readonly platforms: readonly { readonly platform: string; readonly emulated: boolean }[];
  /** Base images that are here, as their files are named. */
  readonly bases: readonly string[];
}

/** What a skill says of itself: in code for builtins, in `skill.toml` for folders. */
export interface SkillManifest {
  /** Kebab case, unique in a registry; what `--callback` names. */
  readonly name: string;
  /** Of the skill, for people. */
  readonly version: string;
  /** One line, for people. */
  readonly description: string;
  /** The kinds it handles; may be empty for a callback skill that is only called by name. */
  readonly kinds: readonly number[];
  /**
   * For kinds that are no job requests: whether only events that name this home in a `p` tag are taken, or every event of the kind
   * that the relay shows.
   */
  readonly addressed: boolean;
  /** Names under which people ask for it, e.g. `ci-run`; the first names it in listings. */
  readonly types: readonly string[];
  /** `t` tags that a provider announces with it. */
  readonly tags: readonly string[];
  /** What a run costs. */
  readonly price: SkillPrice;
  /** The encodings that it reads. */
  readonly accepts: SkillEncoding | "both";
  /** What a run may use at most. */
  readonly limits: SkillLimits;
  /** Which requests it can run; others are refused before they are paid. Any where absent. */
  readonly request?: RequestRules;
  /** What the content of a result must fit. */
  readonly output?: JsonSchema;
  /** Whether gift wraps for this home are opened for it, and its answers wrapped. */
  readonly decrypt?: boolean;
  /** Of a skill that builds images; absent for others. */
  readonly builds?: BuildOffer;
  /** How it is started. */
  readonly run: SkillRun;
}

/** What a gift wrap held; its author is proved. */
export type OpenedMessage = UnsignedEvent & Pick<NostrEvent, "id">;

/** One event for a skill. Survives a structured clone. */
export interface SkillRequest {
  /** The job's short id. */
  readonly jobId: string;
  /** 1 for the first start; higher after a crash. */
  readonly attempt: number;
  /** The event as received, untouched. */
  readonly bytes: Uint8Array;
  /** Of the bytes. */
  readonly encoding: SkillEncoding;
  /** The request's kind. */
  readonly kind: number;
  /** The same event, its id and signature checked: the decoded view. */
  readonly event: NostrEvent;
  /** What the event held, where it is a gift wrap and the skill's manifest has `decrypt`. */
  readonly message?: OpenedMessage;
  /** Whether it was encrypted to this provider: what is kept beside the result would be open to all. */
  readonly hidden?: boolean;
  /** A folder of this job alone, which the host makes and removes. */
  readonly workdir: string;
  /** Seconds left for this run; the host takes the smaller of this and the manifest's. */
  readonly timeoutS?: number;
  /**
   * How many bytes the content may take inside an event, measured by `contentBytes()`, so that the whole result event stays
   * under the limit of the relay or packet that carries it.
   */
  readonly maxContentBytes: number;
  /** Whether it came encrypted to this provider, so that it may hold a secret. */
  readonly encrypted?: boolean;
  /** What may be kept beside the result at this run's cost; absent where nothing is kept. */
  readonly storage?: SkillStorage;
}

/** What the payment of a run covers of storage. */
export interface SkillStorage {
  /** The largest file that may be kept. */
  readonly maxBytes: number;
  /** What a MiB costs the provider, base units; rounded up for each file. */
  readonly unitsPerMib: bigint;
}

/** Tests as a known runner counted them. */
export interface TestCounts {
  /** Passed. */
  readonly passed: number;
  /** Failed. */
  readonly failed: number;
  /** All that ran. */
  readonly total: number;
}

/** What became of a run. An exit code other than 0 of a job's own command is a `success` of the skill: it ran and said no. */
export interface SkillOutcome {
  /** How it ended. */
  readonly status: "success" | "error" | "partial";
  /** The result event's content; for `error`, words for people without a secret. */
  readonly content: string;
  /** A stable snake_case code where `status` is `error`. */
  readonly errorCode?: string;
  /** Exit code of what was run, where the kind has one. */
  readonly exitCode?: number;
  /** Where the runner is known. */
  readonly tests?: TestCounts;
  /** Further tags of the result event. */
  readonly tags?: readonly (readonly string[])[];
  /** What the skill wrote to standard error, bounded; for the provider's own log, never published. */
  readonly log?: string;
  /** What its processes took; absent where it started none. */
  readonly usage?: {
    readonly cpuMs: number | null;
    readonly memoryBytes: number | null;
    /** What they printed. */
    readonly outputBytes: number;
    /** What they sent and got through the proxy; null or absent where there was none. */
    readonly networkBytes?: number | null;
  };
  /** Wall clock. */
  readonly durationMs: number;
}

/** What a skill says while it runs; becomes a feedback event (kind 7000). */
export interface SkillProgress {
  /** What the feedback says. */
  readonly status: "processing" | "partial";
  /** For people. */
  readonly message: string;
  /** A part of the result. */
  readonly content?: string;
}

/** What is too large for an event: kept beside it, and named by reference (docs/blobs.md). */
export interface SkillBlobs {
  /** Stores bytes, or a file below the run's work folder; the reference goes into a tag (`imetaTag()`). Rejects with BlobTransferError. */
  put(
    source: { readonly bytes: Uint8Array } | { readonly file: string },
    labels?: {
      readonly type?: string;
      readonly name?: string;
      readonly chunked?: boolean;
      /** Encrypts it for this key alone, 64 hex digits. */
      readonly reader?: string;
    },
  ): Promise<BlobReference>;
  /** Brings a blob here; gives the path of a file whose bytes were verified, to be read and not changed. Rejects with BlobTransferError. */
  fetch(
    reference: BlobReference,
    limits: { readonly maxBytes: number },
  ): Promise<{ readonly path: string }>;
}

/** What the host gives a run beside its request. */
export interface SkillContext {
  /** Aborted at the time limit, on cancel and at shutdown. */
  readonly signal: AbortSignal;
  /** May be called any number of times; the host rate-limits. */
  readonly feedback: (progress: SkillProgress) => void;
  /** Absent where a home keeps none. */
  readonly blobs?: SkillBlobs;
  /** Takes what the job prints for its buyer, as it is printed: its live log. Returns at once; what is too much is left out. */
  readonly output: (bytes: Uint8Array) => void;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** States with the provider's key what an image was built of; absent where there is no key. */
  readonly attest?: (facts: BuildFacts) => Promise<Envelope>;
}

/** A skill that runs in the sink's own worker. Code that is not ours is never one. */
export interface BuiltinSkill {
  /** What it is and may. */
  readonly manifest: SkillManifest;
  /** Whether it runs commands of its requests. */
  readonly runsCommands?: boolean;
  /** Whether it writes no files: its `workdir` is not made. */
  readonly writesNothing?: boolean;
  /** Never throws for a bad request: that is an outcome with status `error`. */
  run(request: SkillRequest, context: SkillContext): Promise<SkillOutcome>;
}

/** Bytes that a text takes as the content of an event: its JSON string in UTF-8, quotes included. TOON takes no more. */
export function contentBytes(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length;
}
