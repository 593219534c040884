/**
 * The claim of a packet that another claim covers. A payer that sends several packets at once signs only the claim of the last one. The
 * claims of the others have no signature and no amount: each names the nonce of its packet and that of the signed claim
 * (docs/money.md#covered-claims). There is one form, so any other bytes are no such claim.
 *
 * @module
 */
import type { ChannelId } from "./channel_id.ts";

/** The most packets that one signed claim covers. With its own, they are the 64 packets of a payer that may be open. */
export const MAX_COVERED = 63;

/** The claim of a covered packet. */
export interface CoveredClaim {
  /** The channel that pays. */
  readonly channelId: ChannelId;
  /** The packet's nonce. */
  readonly nonce: number;
  /** The nonce of the signed claim, which is higher and comes later. */
  readonly coveredBy: number;
}

/** A longer text is no such claim. */
const MAX_BYTES = 200;
const FORM =
  /^{"channelId":"(0x[0-9a-f]{64})","coveredBy":([1-9]\d{0,14}),"nonce":([1-9]\d{0,14}),"version":"1\.0"}$/;
const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });

/** The claim's JSON in UTF-8, with keys in alphabetical order. */
export function encodeCoveredClaim(claim: CoveredClaim): Uint8Array {
  const { channelId, coveredBy, nonce } = claim;
  return new TextEncoder().encode(
    `{"channelId":"${channelId}","coveredBy":${coveredBy},"nonce":${nonce},"version":"1.0"}`,
  );
}

/** The claim, or null if the bytes are not one. Then they may be a signed claim. */
export function readCoveredClaim(bytes: Uint8Array): CoveredClaim | null {
  if (bytes.length > MAX_BYTES) return null;
  const match = FORM.exec(TEXT.decode(bytes));
  if (match === null) return null;
  const [coveredBy, nonce] = [Number(match[2]), Number(match[3])];
  if (coveredBy <= nonce) return null;
  return { channelId: match[1] as ChannelId, nonce, coveredBy };
}
