/**
 * What prepareSink is made of, and what becomes of an item there.
 *
 * @module
 */
import type { WireName } from "../protocols/wires/names.ts";
import type { ConnectorClient } from "../peers/connector/connector_client.ts";
import type { Opened } from "../market/open_result.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { Store } from "../store/store.ts";

/** How this network is written to. */
export interface PrepareSinkOptions {
  /** `ilp`: a write is a paid packet. `nostr`: a write goes free over WebSocket, only jobs are paid. */
  readonly write: "ilp" | "nostr";
  /** `interledger`: only the terminal can fulfil. `crosstown`: fulfilment = SHA-256(data), so writes are read back. */
  readonly wire: WireName;
  /** What a document is for that does not say (run alone); `write` unless told. */
  readonly purpose?: "write" | "job";
  /** Where and at which price such a document is written. */
  readonly relay?: {
    readonly destination: string;
    readonly terminalPubkey: string;
    readonly priceUnitsPerByte: string;
  };
  /** What hops keep of writes, as formatHopFee has it; the payment of a job comes with its fees already. */
  readonly hopFees?: readonly string[];
  /** `host:port` of the connector, the only address the stage may reach; none where nothing is paid. */
  readonly connectorHost?: string;
  /** Options of the connector session, which runs beside the stage in its worker. */
  readonly connector?: Readonly<Record<string, unknown>>;
}

/** The relay as the sink needs it: it has no network but the connector's. */
interface WriteCheck {
  /** Free write over WebSocket; the relay's refusal is a thrown error with `code`. */
  publish(document: Uint8Array): Promise<void>;
  /** Whether the event can be read from the relay by its id; waits a moment for it. */
  readBack(eventId: string): Promise<"shown" | "hidden" | "unreadable">;
}

/** Opens a sealed result with its key, and reads what is in it. */
export interface ResultOpener {
  open(requestKind: number, sealed: Uint8Array, key: Uint8Array): Opened;
}

/** What the stage asks for. */
export interface PrepareSinkServices {
  readonly store: Store;
  readonly signer:
    & Pick<Signer, "packetFulfilments">
    & Partial<Pick<Signer, "wrapText" | "decrypt">>;
  /** `sendFree` delivers what the relay takes for nothing; without it that is refused. */
  readonly connector?: Pick<ConnectorClient, "pay"> & Partial<Pick<ConnectorClient, "sendFree">>;
  readonly relayReader: WriteCheck;
  /** Where results are bought that are paid on delivery. */
  readonly results?: ResultOpener;
}

/** What became of one document. */
export type SinkOutcome =
  | {
    readonly state: "done";
    readonly units: bigint;
    readonly detail: string;
    /** What opened the condition: the key to a sealed result. */
    readonly fulfilment?: Uint8Array;
  }
  | {
    readonly state: "refused" | "unknown";
    readonly code: string;
    readonly message: string;
    /** Paid all the same: a write that the relay does not show. */
    readonly units?: bigint;
  };
