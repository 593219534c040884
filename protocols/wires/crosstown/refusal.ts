/**
 * The meaning of a REJECT of the Crosstown network. For an underpaid write, the network sends F04, F06 with a price, or a T00 of the
 * forwarding hop that contains one of them. All of these are read as F04, so that nobody pays the same price again.
 *
 * @module
 */
import { parseStrictJson } from "../../json/strict_json.ts";
import type { Reject } from "../../ilp/packet.ts";

const MAX_DATA_BYTES = 8_192;
const INNER = /^F0[46]$/;
const IN_WORDS = /\b(F0[46])\b/;
const UNDERPAID = /insufficient payment/i;

/**
 * The same REJECT with its real code. Message and data stay the same.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { understoodReject } from "./refusal.ts";
 *
 * const data = new TextEncoder().encode('{"code":"F04","metadata":{"required":"3270","received":"10"}}');
 * const reject = { code: "T00", triggeredBy: "", message: "Internal error", data };
 * assert.equal(understoodReject(reject).code, "F04");
 * ```
 */
export function understoodReject<T extends Reject>(reject: T): T {
  const said = objectIn(reject.data);
  let { code } = reject;
  if (code === "T00") {
    const inner = said?.code ?? IN_WORDS.exec(reject.message)?.[1];
    if (typeof inner === "string" && INNER.test(inner)) code = inner;
    else if (UNDERPAID.test(reject.message)) code = "F04";
  }
  if (code === "F06" && (namesPrice(said) || UNDERPAID.test(reject.message))) code = "F04";
  return code === reject.code ? reject : { ...reject, code };
}

function namesPrice(said: Readonly<Record<string, unknown>> | null): boolean {
  const { metadata } = said ?? {};
  const inner = typeof metadata === "object" && metadata !== null ? metadata : {};
  return "required" in (said ?? {}) || "required" in inner;
}

function objectIn(data: Uint8Array): Record<string, unknown> | null {
  if (data.length === 0 || data.length > MAX_DATA_BYTES || data[0] !== 0x7b) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    const value = parseStrictJson(text, { maxBytes: MAX_DATA_BYTES, maxDepth: 8 });
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : null;
  } catch {
    return null;
  }
}
