/**
 * What skillSink is made of.
 *
 * @module
 */
import type { Asset } from "../protocols/ilp/asset.ts";
import type { DeclaredPermissions } from "../base/service.ts";
import type { NostrEvent, UnsignedEvent } from "../protocols/nostr/event.ts";
import type { SealedRow } from "../store/sealed_row.ts";
import type { JobUsageRow } from "../store/job_usage_row.ts";
import type { Store } from "../store/store.ts";
import type { JobStatus } from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Item, Settlement } from "./stage.ts";

/** Where answers are published and how much runs at once. */
export interface SkillSinkOptions {
  readonly concurrency: number;
  /** The relay as a paid destination: its ILP address and key; empty strings where writes are free. */
  readonly relay: { readonly destination: string; readonly terminalPubkey: string };
  /** What words for people tell amounts in; base units as such unless told. */
  readonly asset?: Asset;
  /** Free jobs that may wait before new ones are refused as busy; 64 unless told. */
  readonly freeCapacity?: number;
  /** How long the payment of a request that names us is waited for before it is asked for; 5,000 unless told. */
  readonly quoteAfterMs?: number;
  /** How long a run goes on before its buyer is told that it was taken; 2,000 unless told. */
  readonly tellAfterMs?: number;
  /** Options of the skills that run beside the stage; absent where nothing is run (requests are only recorded). */
  readonly skills?: Readonly<Record<string, unknown>>;
  /** Exactly what the skills need. */
  readonly permissions: DeclaredPermissions;
}

/** The document as a skill gets it. */
export interface SkillDocument {
  readonly bytes: Uint8Array;
  readonly encoding: "toon" | "json";
  readonly known: Item["known"];
}

/** What a run came to: what to publish, and how the job stands. */
export interface RunAnswer {
  readonly status: Extract<JobStatus, "success" | "error" | "partial">;
  readonly exitCode: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly result: UnsignedEvent | null;
  readonly feedback: readonly UnsignedEvent[];
  /** What the run took of this machine; absent where nothing ran. */
  readonly usage?: JobUsageRow;
  /** The sale of the result, where it is paid on delivery. */
  readonly sale?: SealedRow;
}

/** The skills of this home. */
export interface SkillRunner {
  /** Feedback that the provider has taken the job, for a run that is not over in a moment. */
  taken(job: JobRow): UnsignedEvent;
  /** Runs a job's skill to its end; a skill that fails is an answer with status `error`, not a throw. `tell` publishes a part. */
  run(
    job: JobRow,
    document: SkillDocument,
    signal: AbortSignal,
    tell?: (event: UnsignedEvent) => void,
  ): Promise<RunAnswer>;
  /** What is told of a job that cannot be run: an error with this code. Throws where its request cannot be read. */
  failure(job: JobRow, code: string, message: string): RunAnswer;
  /** The row of a request that costs nothing. Throws InputError. */
  admitFree(document: SkillDocument): Promise<JobRow>;
  /** What the customer of a request that was not paid for is told: the price and where to pay it. Throws where it cannot be read. */
  quote(document: SkillDocument): UnsignedEvent;
  /** What the customer of a request is told that is not taken. Throws where it cannot be read. */
  decline(document: SkillDocument, code: string, message: string): UnsignedEvent;
  /** Gives a document to a skill by name; resolves when the skill took it, throws when it failed. */
  call(skill: string, document: SkillDocument, signal: AbortSignal): Promise<void>;
  /** Gives a message to the skill that takes its kind; resolves with the signed answer, null where there is none. Throws when it failed. */
  answer(document: SkillDocument, signal: AbortSignal): Promise<NostrEvent | null>;
}

/** What the stage asks for. */
export interface SkillSinkServices {
  readonly store: Store;
  readonly skills: SkillRunner;
}

/** What became of a document; null when it was cut short by an abort. */
export type Came = Omit<Settlement, "seq"> | null;
