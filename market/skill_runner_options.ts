/**
 * What a runner of skills is told, and what it is given of each event.
 *
 * @module
 */
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { SkillHost } from "../skills/host/host.ts";
import type { Store } from "../store/store.ts";
import type { AdmissionRules } from "./admission.ts";
import type { ResultStorage } from "./blobs/large_result.ts";

/** What a runner works with. */
export interface SkillRunnerOptions {
  /** Runs the skills. */
  readonly host: SkillHost;
  /** Opens requests that were encrypted to us, and encrypts their results; without one they are refused. */
  readonly signer?: Pick<
    Signer,
    "encrypt" | "decrypt" | "openWrap" | "wrap" | "signBuild" | "packetFulfilments"
  >;
  /** Where we are paid, for customers who have not; null where we cannot be. */
  readonly ilpAddress?: string | null;
  /** Whether relay writes go free. */
  readonly freeWrites?: boolean;
  /** Names jobs that cost nothing, and keeps what jobs print. */
  readonly store: Pick<Store, "freeJobId" | "jobLog" | "commit" | "quoteOf">;
  /** Own key. */
  readonly pubkey: UnsignedEvent["pubkey"];
  /** Null for a home that provides nothing. */
  readonly rules: (() => AdmissionRules) | null;
  /** The largest event that can be published here. */
  readonly limitBytes: number;
  /** What a relay write costs us, base units; none unless told. */
  readonly writeUnitsPerByte?: bigint;
  /** Where results go that are too large for an event; they are refused without it. */
  readonly storage?: ResultStorage;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Takes what a skill wrote to its standard error; bounded, not for the market. */
  readonly log?: (jobId: string, text: string) => void;
}

/** A document as it is with the sink. */
export interface RunnerDocument {
  /** As received, untouched. */
  readonly bytes: Uint8Array;
  /** How the bytes are written. */
  readonly encoding: "toon" | "json";
  /** What the stages before learned. */
  readonly known: Readonly<Record<string, string | number>>;
}
