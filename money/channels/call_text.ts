/**
 * A chain call as text. It is stored with the signed bytes, because a replacement with a higher fee is signed from it.
 *
 * @module
 */
import type { ChainCall } from "../../protocols/evm/contract_call.ts";

const AMOUNTS: ReadonlySet<string> = new Set([
  "amountRaw",
  "totalDepositRaw",
  "transferredAmountRaw",
  "valueWei",
]);

/**
 * The call in JSON, amounts as decimal strings.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { callOfText, textOfCall } from "./call_text.ts";
 *
 * const call = { call: "cancel" } as const;
 * assert.deepEqual(callOfText(textOfCall(call)), call);
 * ```
 */
export function textOfCall(call: ChainCall): string {
  return JSON.stringify(call, (_, value) => typeof value === "bigint" ? String(value) : value);
}

/** The call in a text of {@link textOfCall}. The text comes from our own store, and the signer checks every field again. */
export function callOfText(text: string): ChainCall {
  return JSON.parse(
    text,
    (key, value) => AMOUNTS.has(key) && typeof value === "string" ? BigInt(value) : value,
  );
}
