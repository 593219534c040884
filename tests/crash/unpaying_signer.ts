/** The signer of a party that signs quotes, results and receipts, and never pays. */
import { createKeySigner } from "../../money/signer/key_signer.ts";
import { keyOf } from "./plan.ts";

/** Makes it for the party of this name. */
export function unpayingSigner(name: Parameters<typeof keyOf>[0], clock: () => number) {
  const key = keyOf(name);
  return createKeySigner({
    nostrKey: key,
    paymentKey: key,
    ceilings: { perPacketUnits: 0n, perChannelUnits: 0n, perHourUnits: 0n, perDayUnits: 0n },
    allow: [],
    snapshot: "first",
    clock,
  });
}
