/**
 * The options and services of prepareSink, and its outcomes.
 *
 * @module
 */
import type { WireName } from "../protocols/wires/names.ts";
import type { ConnectorClient } from "../peers/connector/connector_client.ts";
import type { JobLogReader } from "../market/logs/job_log_reader.ts";
import type { QuoteAsker } from "../market/quotes/quotes_service.ts";
import type { Opened } from "../market/open_result.ts";
import type { RelayCopies } from "../market/relay_copies.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { Store } from "../store/store.ts";

/** How documents are written and paid on this network. */
export interface PrepareSinkOptions {
  /** `ilp`: a write is a paid packet. `nostr`: a write goes free over WebSocket, and only jobs are paid. */
  readonly write: "ilp" | "nostr";
  /** `interledger`: only the terminal can fulfil. `crosstown`: fulfilment = SHA-256(data), so writes are read back. */
  readonly wire: WireName;
  /** The purpose of a document that does not name one (the stage runs alone); default `write`. */
  readonly purpose?: "write" | "job";
  /** The destination and price of such a document. */
  readonly relay?: {
    readonly destination: string;
    readonly terminalPubkey: string;
    readonly priceUnitsPerByte: string;
  };
  /** Fees that hops keep of writes, in the form of formatHopFee. The amount of a job's payment already includes its fees. */
  readonly hopFees?: readonly string[];
  /** `host:port` of the main connector; absent if nothing is paid. The stage may reach the connectors and nothing else. */
  readonly connectorHost?: string;
  /** The same of the further connectors. */
  readonly moreConnectorHosts?: readonly string[];
  /** Options of the connector session, which runs in the stage's worker. */
  readonly connector?: Readonly<Record<string, unknown>>;
}

/** The relay as the sink needs it. The sink itself reaches no network except the connector. */
interface WriteCheck {
  /** Publishes free over WebSocket. If the relay refuses, throws an error with `code`. */
  publish(document: Uint8Array): Promise<void>;
  /** Whether the relay shows the event by its id; waits a moment for it. */
  readBack(eventId: string): Promise<"shown" | "hidden" | "unreadable">;
  /** The relays at which a key reads, if the home's own is none of them; `named` are those that it named for this purpose. */
  inbox?(pubkey: string, named: readonly string[], ofOurs?: boolean): Promise<readonly string[]>;
}

/** Opens a sealed result with its key, and reads the result. `schema` is what its provider had announced for it, JSON. */
export interface ResultOpener {
  open(requestKind: number, sealed: Uint8Array, key: Uint8Array, schema: string | null): Opened;
}

/** The services that the stage needs. */
export interface PrepareSinkServices {
  readonly store: Store;
  readonly signer:
    & Pick<Signer, "packetFulfilments">
    & Partial<Pick<Signer, "wrapText" | "decrypt">>;
  /** `sendFree` sends packets of amount 0; without it such packets are refused. */
  readonly connector?: Pick<ConnectorClient, "pay"> & Partial<Pick<ConnectorClient, "sendFree">>;
  readonly relayReader: WriteCheck;
  /** Needed if jobs are bought that are paid by their output. */
  readonly jobLogs?: Pick<JobLogReader, "read">;
  /** Asks the providers for quotes to which a job is passed on. Without it, only their announced prices are paid. */
  readonly quotes?: QuoteAsker | null;
  /** Writes to relays of others. Without it, only the home's own relay gets events. */
  readonly relayCopies?: RelayCopies | null;
  /** Needed if results are bought that are paid on delivery. */
  readonly results?: ResultOpener;
}

/** The outcome of one document. */
export type SinkOutcome =
  | {
    readonly state: "done";
    readonly units: bigint;
    readonly detail: string;
    /** The packet's fulfilment, which is the key to a sealed result. */
    readonly fulfilment?: Uint8Array;
  }
  | {
    readonly state: "refused" | "unknown";
    readonly code: string;
    readonly message: string;
    /** Present if the refusal is not about the document: a peer refused only the claim, so the same payment may succeed later. */
    readonly ofClaim?: true;
    /** The amount that was paid nevertheless, for a write that the relay does not show. */
    readonly units?: bigint;
  };
