/**
 * Turns a queued payment into a row: encodes it, adds its figures, and adds its signed claim.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { OutgoingPacketRow } from "../../store/store.ts";
import type { ClaimFigures } from "./claim_figures.ts";
import { type Refused, refusedHere } from "../claims/outcome.ts";
import { MAX_EXPIRY_AHEAD_MS } from "../claims/expiry.ts";
import type { PacketCodec } from "../claims/packet_link.ts";
import type { PaymentEntry } from "./payment_entry.ts";

const DEFAULT_EXPIRES_IN_MS = 30_000;

/** A payment that is about to be signed. */
export interface PlannedPacket {
  readonly entry: PaymentEntry;
  readonly prepare: Uint8Array;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly figures: ClaimFigures;
}

/** Encodes a payment. A payment that the wire cannot carry is refused before it is signed. */
export function planPacket(
  entry: PaymentEntry,
  figures: ClaimFigures,
  codec: PacketCodec,
  createdAtMs: number,
): PlannedPacket | { readonly refused: Refused } {
  const { amount, destination, data, condition } = entry.request;
  const expiresAtMs = entry.request.expiresAtMs ??
    createdAtMs + (entry.request.expiresInMs ?? DEFAULT_EXPIRES_IN_MS);
  if (expiresAtMs - createdAtMs > MAX_EXPIRY_AHEAD_MS) {
    return { refused: refusedHere("packet", "The packet would expire more than 5 minutes ahead") };
  }
  try {
    const fields = { amount, expiresAtMs, condition, destination, data };
    const prepare = codec.encodePrepare(fields);
    return { entry, prepare, createdAtMs, expiresAtMs, figures };
  } catch (error) {
    return { refused: refusedHere("packet", messageOf(error)) };
  }
}

/** The row of a packet after its claim was signed. */
export function signedRow(
  channelId: string,
  planned: PlannedPacket,
  claim: Uint8Array,
): OutgoingPacketRow {
  const { entry: { request }, figures, prepare, createdAtMs, expiresAtMs } = planned;
  const { condition, obligation, incoming, about } = request;
  return {
    channelId,
    ...figures,
    claim,
    prepare,
    condition,
    obligation,
    state: "open",
    expiresAtMs,
    createdAtMs,
    incoming: incoming ?? null,
    answer: null,
    about: about ?? null,
    writtenOffAtMs: null,
  };
}
