/**
 * Where a paid write ends: the packet's data is the event, its amount must cover bytes times price, and what it pays for is the event id.
 *
 * Holds nothing; the relay it writes to may be in another worker.
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
import type { Signer } from "../../money/signer/signer.ts";
import type { RemoteBlobServer } from "./blob_server_service.ts";
import type { CheckResult, RelayServer, WriteResult } from "./relay_server.ts";

/** What a paid write needs. */
export interface PaidTerminalDeps {
  readonly relay: Pick<RelayServer, "check" | "write">;
  /** The relay's own key: its fulfilments are what the payers' conditions were made for. */
  readonly signer: Pick<Signer, "packetFulfilments">;
  readonly priceUnitsPerByte: bigint;
  /** Instead of it, by kind; 0 is free. */
  readonly kindPrices?: Readonly<Record<number, bigint>>;
  /** Where ordered storage is booked, and what it costs; absent where none is sold. */
  readonly blobs?: {
    readonly server: Pick<RemoteBlobServer, "credit">;
    readonly unitsPerMib: bigint;
  };
}

const OBLIGATION = "write:";

/** The relay as a {@link Terminal}. */
export function paidTerminal(deps: PaidTerminalDeps): Terminal {
  return {
    inspect: (prepare) => inspect(deps, prepare),
    effect: (prepare, obligation) => effect(deps, prepare, obligation),
  };
}

/** What a write of that many bytes costs. */
function writePrice(sizeBytes: number, priceUnitsPerByte: bigint): bigint {
  return BigInt(sizeBytes) * priceUnitsPerByte;
}

async function inspect(deps: PaidTerminalDeps, prepare: Prepare): Promise<Inspection> {
  const priceUnitsPerByte = unitsPerByteOf(
    { unitsPerByte: deps.priceUnitsPerByte, byKind: deps.kindPrices },
    kindOf(deps, prepare.data),
  );
  const storage = orderOf(deps, prepare.data);
  const required = writePrice(prepare.data.byteLength, priceUnitsPerByte) + storage.units;
  // The price comes before any look into the data, so that a probe (amount 0) costs us nothing.
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
    // Storing what we could not be paid for would be a gift; the payer took another terminal's or author's key.
    return reject("F05", "the condition is not one of this relay for the event's author");
  }
  return { obligation: `${OBLIGATION}${check.eventId}` };
}

/** The storage that the event orders, what it costs, and why it is not sold; an event that is no order costs nothing beside its bytes. */
function orderOf(
  { blobs }: PaidTerminalDeps,
  data: Uint8Array,
): { readonly bytes: number; readonly units: bigint; readonly refusal: string | null } {
  const none = { bytes: 0, units: 0n, refusal: null };
  if (data.byteLength === 0 || data.byteLength > MAX_ORDER_BYTES) return none;
  const scan = scanKind(data);
  if (!scan.ok || scan.kind !== BLOB_ORDER_KIND) return none;
  if (blobs === undefined) return { ...none, refusal: "no storage for blobs is sold here" };
  let bytes: number | null;
  try {
    bytes = orderedBytes(parseEvent(decodeDocument(data).event));
  } catch {
    // What cannot be read is refused for that, by the relay's own check.
    return none;
  }
  if (bytes === null) return { ...none, refusal: "an order of storage names its bytes in one tag" };
  return { bytes, units: blobPriceUnits(bytes, blobs.unitsPerMib), refusal: null };
}

/** An order is a few hundred bytes; a larger document is not read as one. */
const MAX_ORDER_BYTES = 4_096;

/** Looked for only where it matters; a document without one is priced as any other and refused for itself. */
function kindOf({ kindPrices }: PaidTerminalDeps, data: Uint8Array): number | null {
  if (kindPrices === undefined || data.byteLength === 0) return null;
  const scan = scanKind(data);
  return scan.ok ? scan.kind : null;
}

async function effect(
  deps: PaidTerminalDeps,
  prepare: Prepare,
  obligation: string,
): Promise<Effect> {
  if (!obligation.startsWith(OBLIGATION)) return otherEvent();
  const eventId = obligation.slice(OBLIGATION.length);
  const written = await deps.relay.write(prepare.data, eventId);
  if (written.eventId !== eventId || written.pubkey === null) return otherEvent();
  // After a crash the event may be in, and even deleted or replaced since; it was taken in and is paid for all the same.
  if (written.result === "refused" && !written.takenBefore) {
    return reject(ilpCode(written), `${written.code}: ${written.message}`);
  }
  const { bytes } = orderOf(deps, prepare.data);
  // Booked once for an order, however often this is called for it.
  if (bytes > 0) await deps.blobs!.server.credit(eventId, written.pubkey, bytes);
  const result = written.takenBefore ? "duplicate" : written.result;
  const fulfilment = await fulfilmentOf(deps, written.pubkey, prepare);
  const answer = { event_id: eventId, result };
  return { fulfilment, data: new TextEncoder().encode(JSON.stringify(answer)) };
}

async function fulfilmentOf(
  { signer }: PaidTerminalDeps,
  peer: string,
  { data, condition }: Prepare,
): Promise<Uint8Array> {
  // Which of the two it is was the payer's choice: on the crosstown wire the content opens it.
  const opening = contentOpening(data, condition);
  if (opening !== null) return opening;
  const [fulfilment] = await signer.packetFulfilments([{ peer, dataSha256: dataSha256(data) }]);
  return fulfilment!;
}

/** F06: what came cannot be read or is not what it claims. F00: it is well-formed and not wanted. F08: too large. */
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
