/**
 * The options of a skill runner, and the documents that it receives.
 *
 * @module
 */
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { SkillHost } from "../skills/host/host.ts";
import type { Store } from "../store/store.ts";
import type { AdmissionRules } from "./admission.ts";
import type { InvoicePrice } from "./invoice_quote.ts";
import type { QuoteTerms } from "./quotes/quote_offers.ts";
import type { ResultStorage } from "./blobs/large_result.ts";

/** What a skill runner needs. */
export interface SkillRunnerOptions {
  /** Runs the skills. */
  readonly host: SkillHost;
  /** Decrypts requests that were encrypted for this home, and encrypts their results. Without it they are refused. */
  readonly signer?: Pick<
    Signer,
    "encrypt" | "decrypt" | "openWrap" | "wrap" | "signBuild" | "packetFulfilments"
  >;
  /** This provider's ILP address, for customers who have not paid. Null if it cannot be paid. */
  readonly ilpAddress?: string | null;
  /** The terms of its quotes. Without them, such customers get the price alone, which does not bind. */
  readonly quotes?: QuoteTerms;
  /** How customers of other programs pay over Lightning. Without it they cannot. */
  readonly lightning?: InvoicePrice;
  /** Whether relay writes are free. */
  readonly freeWrites?: boolean;
  /** Gives ids to free jobs, and stores what jobs print. */
  readonly store: Pick<
    Store,
    "freeJobId" | "jobLog" | "commit" | "quoteOf" | "meterOf" | "sealedDebts"
  >;
  /** This home's public key. */
  readonly pubkey: UnsignedEvent["pubkey"];
  /** The provider's rules. Null in a home that sells nothing. */
  readonly rules: (() => AdmissionRules) | null;
  /** The largest event that can be published, in bytes. */
  readonly limitBytes: number;
  /** The price of a relay write, in base units for each byte. Default: free. */
  readonly writeUnitsPerByte?: bigint;
  /** Stores results that are too large for an event. Without it they are refused. */
  readonly storage?: ResultStorage;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Receives what a skill `said` on its standard error, or the `fault` of this provider. Its size is limited, and it is not published. */
  readonly log?: (jobId: string, text: string, of: "said" | "fault") => void;
}

/** A document, as skillSink holds it. */
export interface RunnerDocument {
  /** The bytes as received, unchanged. */
  readonly bytes: Uint8Array;
  /** The encoding of the bytes. */
  readonly encoding: "toon" | "json";
  /** The facts that earlier stages added. */
  readonly known: Readonly<Record<string, string | number>>;
}
