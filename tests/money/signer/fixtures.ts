/** Keys and options that the signer's tests share; the keys are throw-away. */
import { createKeySigner } from "../../../money/signer/key_signer.ts";
import type { KeySignerOptions } from "../../../money/signer/key_signer_options.ts";
import type { ClaimFields } from "../../../money/signer/signer.ts";

/** Bytes whose hex, base64 and decimals are easy to search for. */
export const nostrKey = Uint8Array.from({ length: 32 }, (_, at) => 0xa0 + at % 16);
/** See {@link nostrKey}. */
export const paymentKey = Uint8Array.from({ length: 32 }, (_, at) => 0xb0 + at % 16);

/** The only contract that these signers sign for. */
export const contract = { chainId: 31_337, tokenNetworkAddress: `0x${"cd".repeat(20)}` };
/** A channel. */
export const channelId = `0x${"ab".repeat(32)}`;
/** 2026-03-15, at the start of an hour. */
export const startMs = Date.UTC(2026, 2, 15, 12);

/** A claim that every rule allows as the first one. */
export const firstClaim: ClaimFields = {
  ...contract,
  channelId,
  nonce: 1,
  transferredAmount: 100n,
  packetAmount: 100n,
};

/** A signer with generous ceilings and a clock that stands still. */
export function makeSigner(options: Partial<KeySignerOptions> = {}) {
  return createKeySigner({
    nostrKey,
    paymentKey,
    ceilings: {
      perPacketUnits: 1_000n,
      perChannelUnits: 10_000n,
      perHourUnits: 5_000n,
      perDayUnits: 8_000n,
    },
    allow: [contract],
    snapshot: "first",
    clock: () => startMs,
    ...options,
  });
}
