/**
 * prepareSink: each document goes out inside an ILP PREPARE that pays for it, and its outcome is durable before it is settled.
 * A `write` pays a relay by size and counts as posted when it was read back; a `job` pays a provider, after its request was posted.
 *
 * At most 64 documents are under way; then the sink takes no more. What is refused, unknown or late is the connector
 * session's to decide (MONEY 1, P1-P4): the sink pays an obligation, and paying it twice is not possible.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { ConnectorClient, PacketOutcome } from "../services/connector/connector_client.ts";
import type { Signer } from "../services/signer/signer.ts";
import type { Store } from "../services/store/store.ts";
import {
  type Batch,
  defineStage,
  type Item,
  learned,
  type StageContext,
  type StagePermissions,
} from "./stage.ts";
import { bookkeeper } from "./prepare_sink_books.ts";

const NAME = "prepare-sink";
const MAX_UNDER_WAY = 64;

/** How this network is written to. */
export interface PrepareSinkOptions {
  /** `ilp`: a write is a paid packet. `nostr`: a write goes free over WebSocket, only jobs are paid. */
  readonly write: "ilp" | "nostr";
  /** `interledger`: only the terminal can fulfil. `crosstown`: fulfilment = SHA-256(data), so writes are read back. */
  readonly wire: "interledger" | "crosstown";
  /** What a document is for that does not say (run alone); `write` unless told. */
  readonly purpose?: "write" | "job";
  /** Where and at which price such a document is written. */
  readonly relay?: {
    readonly destination: string;
    readonly terminalPubkey: string;
    readonly priceUnitsPerByte: string;
  };
  /** `host:port` of the connector, the only address the stage may reach; none where nothing is paid. */
  readonly connectorHost?: string;
  /** Options of the connector session, which runs beside the stage in its worker. */
  readonly connector?: Readonly<Record<string, unknown>>;
}

/** The relay as the sink needs it: it has no network but the connector's. */
export interface WriteCheck {
  /** Free write over WebSocket; the relay's refusal is a thrown error with `code`. */
  publish(document: Uint8Array): Promise<void>;
  /** Whether the event can be read from the relay by its id; waits a moment for it. */
  readBack(eventId: string): Promise<boolean>;
}

/** What the stage asks for. */
export interface PrepareSinkServices {
  readonly store: Store;
  readonly signer: Pick<Signer, "packetFulfilments">;
  readonly connector?: Pick<ConnectorClient, "pay">;
  readonly relayReader: WriteCheck;
}

/** What became of one document. */
export type SinkOutcome =
  | { readonly state: "done"; readonly units: bigint; readonly detail: string }
  | { readonly state: "refused" | "unknown"; readonly code: string; readonly message: string };

/** Makes the stage. In: TOON of a signed event, with what jobSource knows of it. */
export function prepareSink(
  options: PrepareSinkOptions,
  services: PrepareSinkServices,
  context: StageContext,
): WritableStream<Batch> {
  const underWay = new Set<Promise<void>>();
  const posted = new Map<string, Promise<SinkOutcome>>();
  const books = bookkeeper(services.store, context);

  const start = (item: Item) => {
    const work = handle(item).catch((error: Error) => {
      context.log("error", "document could not be settled", {
        seq: item.seq,
        error: error.message,
      });
      throw error;
    });
    const settled = work.then(() => void underWay.delete(settled), (error) => {
      underWay.delete(settled);
      throw error;
    });
    settled.catch(() => undefined);
    underWay.add(settled);
  };

  /** A document from elsewhere (a pipe) is given what jobSource would have known of it. */
  const addressed = (item: Item): Item => {
    if (item.known.destination !== undefined || options.relay === undefined) return item;
    const { destination, terminalPubkey, priceUnitsPerByte } = options.relay;
    const price = BigInt(priceUnitsPerByte) * BigInt(item.bytes.length);
    return learned(item, {
      purpose: options.purpose ?? "write",
      destination,
      terminal: terminalPubkey,
      write_price_units: String(price),
    });
  };

  const handle = async (given: Item) => {
    const item = given.refusal ? given : addressed(given);
    const outcome = item.refusal
      ? { state: "refused" as const, code: item.refusal.code, message: item.refusal.message }
      : await deliver(item);
    await books.settle(item, outcome);
    context.count(outcome.state);
    context.settlements.settle([{
      seq: item.seq,
      outcome: outcome.state === "done" ? "done" : "refused",
      detail: outcome.state === "done" ? outcome.detail : outcome.code,
    }]);
  };

  const deliver = (item: Item): Promise<SinkOutcome> => {
    const id = String(item.known.id);
    if (item.known.purpose !== "job") {
      const outcome = write(item);
      if (item.known.job_id !== undefined) {
        posted.set(id, outcome);
        outcome.finally(() => setTimeout(() => posted.delete(id), 60_000)).catch(() => undefined);
      }
      return outcome;
    }
    return payJob(item, id);
  };

  const write = async (item: Item): Promise<SinkOutcome> => {
    const id = String(item.known.id);
    if (options.write === "nostr") {
      try {
        await services.relayReader.publish(item.bytes);
      } catch (error) {
        return refusedBy(error as Error);
      }
      return { state: "done", units: 0n, detail: "published" };
    }
    const outcome = await pay(item, BigInt(item.known.write_price_units ?? 0), `write:${id}`);
    if (outcome.state !== "done") return outcome;
    if (!await services.relayReader.readBack(id)) {
      return {
        state: "unknown",
        code: "not_read_back",
        message: `event ${id} was paid for but the relay does not show it`,
      };
    }
    context.log("info", "event read back from the relay", { event_id: id });
    return outcome;
  };

  /** The request must stand on the relay before its provider is paid. */
  const payJob = async (item: Item, id: string): Promise<SinkOutcome> => {
    const earlier = await (posted.get(id) ?? books.postedBefore(item, id));
    if (earlier.state !== "done") {
      return {
        state: "refused",
        code: "not_posted",
        message: "the request could not be posted, so the provider was not paid",
      };
    }
    return await pay(item, BigInt(item.known.amount_units ?? 0), `job:${id}`);
  };

  const fulfilmentOf = async (terminal: string, dataSha256: Uint8Array): Promise<Uint8Array> => {
    if (options.wire === "crosstown") return dataSha256;
    const [fulfilment] = await services.signer.packetFulfilments([{ peer: terminal, dataSha256 }]);
    return fulfilment;
  };

  const pay = async (item: Item, amount: bigint, obligation: string): Promise<SinkOutcome> => {
    if (!services.connector) {
      return {
        state: "refused",
        code: "no_connector",
        message: "this network profile names no connector, so nothing can be paid",
      };
    }
    const dataSha256 = sha256(item.bytes);
    let fulfilment: Uint8Array;
    try {
      fulfilment = await fulfilmentOf(String(item.known.terminal), dataSha256);
    } catch (error) {
      // The signer refused its fields: that is this document's fault, not the stage's.
      if ((error as Error).name !== "SignerError") throw error;
      return refusedBy(error as Error);
    }
    context.log("info", "PREPARE", {
      obligation,
      destination: String(item.known.destination),
      amount_units: amount,
      bytes: item.bytes.length,
    });
    const outcome = await services.connector.pay({
      destination: String(item.known.destination),
      amount,
      data: item.bytes,
      condition: sha256(fulfilment),
      obligation,
    }, { signal: context.signal });
    return told(outcome, obligation, context);
  };

  return new WritableStream<Batch>({
    async write(batch) {
      for (const item of batch) {
        while (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay);
        start(item);
      }
    },
    async close() {
      await Promise.all(underWay);
    },
  }, new CountQueuingStrategy({ highWaterMark: 1 }));
}

function told(
  outcome: PacketOutcome,
  obligation: string,
  context: StageContext,
): SinkOutcome {
  switch (outcome.state) {
    case "fulfilled":
      context.log("info", "FULFILL", { obligation, amount_units: outcome.packet.amount });
      return { state: "done", units: outcome.packet.amount, detail: "fulfilled" };
    case "refused":
      context.log("warn", "REJECT", { obligation, code: outcome.code, reason: outcome.message });
      return { state: "refused", code: outcome.code, message: outcome.message };
    case "unknown":
      context.log("warn", "outcome unknown", { obligation, reason: outcome.reason });
      return { state: "unknown", code: "unknown", message: outcome.reason };
  }
}

function refusedBy(error: Error & { code?: string }): SinkOutcome {
  return { state: "refused", code: error.code ?? "relay_failed", message: error.message };
}

/** For the host. */
export const definition = defineStage<PrepareSinkOptions, PrepareSinkServices>({
  name: NAME,
  role: "sink",
  services: ["store", "signer", "connector", "relayReader"],
  permissions: (options): StagePermissions =>
    options.connectorHost ? { net: [options.connectorHost] } : {},
  create: prepareSink,
});
