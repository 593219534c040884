/**
 * The terminal of paid writes: the packet's data is the event, its amount must be at least the number of bytes times the price, and its
 * obligation is the event id.
 *
 * Holds nothing. The relay may be in another worker.
 *
 * @module
 */
import { contentOpening, dataSha256, fulfils } from "../../protocols/ilp/condition.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import { unitsPerByteOf } from "../../protocols/nostr/write_price.ts";
import { blobPriceUnits, orderedBytes } from "../../blobs/blob_price.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import { BLOB_ORDER_KIND } from "../../protocols/nostr/kinds.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { scanKind } from "../../protocols/toon/kind_scanner.ts";
import type { Effect, Inspection, Terminal } from "../../money/receiver/terminal.ts";
import { mergedFulfilments } from "../../money/signer/merged_fulfilments.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { RemoteBlobServer } from "./blob_server_service.ts";
import type { CheckResult, RelayServer, WriteResult } from "./relay_server.ts";

/** What paid writes need. */
export interface PaidTerminalDeps {
  readonly relay: Pick<RelayServer, "check" | "write">;
  /** The relay's own key. Payers made their conditions for the fulfilments of this key. */
  readonly signer: Pick<Signer, "packetFulfilments">;
  readonly priceUnitsPerByte: bigint;
  /** Prices of single kinds, instead of `priceUnitsPerByte`; 0 is free. */
  readonly kindPrices?: Readonly<Record<number, bigint>>;
  /** The server that credits ordered storage, and its price. Missing if no storage is sold. */
  readonly blobs?: {
    readonly server: Pick<RemoteBlobServer, "credit">;
    readonly unitsPerMib: bigint;
  };
}

const OBLIGATION = "write:";

/** The relay as a {@link Terminal}. */
export function paidTerminal(given: PaidTerminalDeps): Terminal {
  const deps = { ...given, signer: { packetFulfilments: mergedFulfilments(given.signer) } };
  /** The fulfilment of each inspected packet. The entry lives as long as the packet. */
  const fulfilments: Fulfilments = new WeakMap();
  return {
    inspect: (prepare) => inspect(deps, fulfilments, prepare),
    effect: (prepare, obligation) => effect(deps, fulfilments, prepare, obligation),
  };
}

/** The price of a write of this many bytes. */
function writePrice(sizeBytes: number, priceUnitsPerByte: bigint): bigint {
  return BigInt(sizeBytes) * priceUnitsPerByte;
}

type Fulfilments = WeakMap<Prepare, Uint8Array>;

async function inspect(
  deps: PaidTerminalDeps,
  fulfilments: Fulfilments,
  prepare: Prepare,
): Promise<Inspection> {
  const priceUnitsPerByte = unitsPerByteOf(
    { unitsPerByte: deps.priceUnitsPerByte, byKind: deps.kindPrices },
    kindOf(deps, prepare.data),
  );
  const storage = orderOf(deps, prepare.data);
  const required = writePrice(prepare.data.byteLength, priceUnitsPerByte) + storage.units;
  // The price is compared before the event is checked, so that a probe (amount 0) costs us little.
  if (prepare.amount < required || (prepare.amount === 0n && priceUnitsPerByte > 0n)) {
    return underpaid(required, prepare.amount, priceUnitsPerByte);
  }
  if (prepare.data.byteLength === 0) return reject("F06", "the packet carries no event");
  const check = await deps.relay.check(prepare.data);
  if (storage.refusal !== null) return reject("F00", storage.refusal);
  if (check.result === "refused" || check.eventId === null || check.pubkey === null) {
    return reject(ilpCode(check), `${check.code}: ${check.message}`);
  }
  const fulfilment = await fulfilmentOf(deps, check.pubkey, prepare);
  if (!fulfils(fulfilment, prepare.condition)) {
    // Without a matching fulfilment we would store the event without payment. The payer used the key of another terminal or author.
    return reject("F05", "the condition is not one of this relay for the event's author");
  }
  fulfilments.set(prepare, fulfilment);
  return { obligation: `${OBLIGATION}${check.eventId}` };
}

/** The storage that the event orders, its price, and a reason to refuse it. An event that orders none costs nothing more than its bytes. */
function orderOf(
  { blobs }: PaidTerminalDeps,
  data: Uint8Array,
): { readonly bytes: number; readonly units: bigint; readonly refusal: string | null } {
  const none = { bytes: 0, units: 0n, refusal: null };
  if (data.byteLength === 0 || data.byteLength > MAX_ORDER_BYTES) return none;
  const scan = scanKind(data);
  if (!scan.ok || scan.kind !== BLOB_ORDER_KIND) return none;
  if (blobs === undefined) return { ...none, refusal: "this relay sells no storage for blobs" };
  let bytes: number | null;
  try {
    bytes = orderedBytes(parseEvent(decodeDocument(data).event));
  } catch {
    // The relay's own check refuses an unreadable event.
    return none;
  }
  if (bytes === null) return { ...none, refusal: "an order of storage names its bytes in one tag" };
  return { bytes, units: blobPriceUnits(bytes, blobs.unitsPerMib), refusal: null };
}

/** An order has a few hundred bytes. A larger document is not treated as an order. */
const MAX_ORDER_BYTES = 4_096;

/**
 * The event's kind, searched only if there are prices of single kinds. A document without a kind has the usual price, and the relay refuses
 * it.
 */
function kindOf({ kindPrices }: PaidTerminalDeps, data: Uint8Array): number | null {
  if (kindPrices === undefined || data.byteLength === 0) return null;
  const scan = scanKind(data);
  return scan.ok ? scan.kind : null;
}

async function effect(
  deps: PaidTerminalDeps,
  fulfilments: Fulfilments,
  prepare: Prepare,
  obligation: string,
): Promise<Effect> {
  if (!obligation.startsWith(OBLIGATION)) return otherEvent();
  const eventId = obligation.slice(OBLIGATION.length);
  const written = await deps.relay.write(prepare.data, eventId);
  if (written.eventId !== eventId || written.pubkey === null) return otherEvent();
  // After a crash the event may already be stored, and even deleted or replaced since. The relay accepted it, so it is paid for.
  if (written.result === "refused" && !written.takenBefore) {
    return reject(ilpCode(written), `${written.code}: ${written.message}`);
  }
  const { bytes } = orderOf(deps, prepare.data);
  // The blob server credits an order only once, also if this is called again.
  if (bytes > 0) await deps.blobs!.server.credit(eventId, written.pubkey, bytes);
  const result = written.takenBefore ? "duplicate" : written.result;
  const fulfilment = fulfilments.get(prepare) ?? await fulfilmentOf(deps, written.pubkey, prepare);
  const answer = { event_id: eventId, result };
  return { fulfilment, data: new TextEncoder().encode(JSON.stringify(answer)) };
}

async function fulfilmentOf(
  { signer }: PaidTerminalDeps,
  peer: string,
  { data, condition }: Prepare,
): Promise<Uint8Array> {
  // The payer chose one of two conditions. On the crosstown wire, the content itself fulfils it.
  const opening = contentOpening(data, condition);
  if (opening !== null) return opening;
  const [fulfilment] = await signer.packetFulfilments([{ peer, dataSha256: dataSha256(data) }]);
  return fulfilment!;
}

/** F06: the event cannot be read, or its id or signature is wrong. F08: it is too large. F00: it is valid, but the relay refuses it. */
function ilpCode({ code }: CheckResult | WriteResult): string {
  switch (code) {
    case "malformed":
    case "bad_id":
    case "bad_signature":
      return "F06";
    case "too_large":
      return "F08";
    default:
      return "F00";
  }
}

function underpaid(required: bigint, received: bigint, priceUnitsPerByte: bigint): Inspection {
  const data = {
    required: required.toString(),
    received: received.toString(),
    price_units_per_byte: priceUnitsPerByte.toString(),
  };
  return {
    reject: {
      code: "F04",
      message: "Insufficient payment",
      data: new TextEncoder().encode(JSON.stringify(data)),
    },
  };
}

function otherEvent(): Effect {
  return reject("F00", "the packet pays for another event");
}

function reject(code: string, message: string): { reject: { code: string; message: string } } {
  return { reject: { code, message } };
}
