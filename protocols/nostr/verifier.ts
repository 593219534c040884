/**
 * Verification of events: the id recomputed, the BIP-340 signature checked, in WebAssembly (libsecp256k1). Pure.
 *
 * Nothing is cached on the event object: a spread copy of a verified event is verified again, from its fields alone.
 *
 * @module
 */
import { schnorr } from "@noble/curves/secp256k1.js";
import { initNostrWasm } from "nostr-wasm";
import { hasOwnId, type NostrEvent, type VerifiedEvent } from "./event.ts";
import { hexToBytes, isHex } from "./hex.ts";

/** What a verification found. `bad_signature` also stands for a public key that is no point of the curve. */
export type Verdict = "ok" | "bad_id" | "bad_signature";

/** Verifies events one by one; holds one WebAssembly instance (1 MiB) and no state between calls. */
export interface EventVerifier {
  /** Recomputes the id, then checks the signature over it. Never throws on a well-typed event. */
  verify(event: NostrEvent): Verdict;
  /** As `verify`, as a type guard. */
  isVerified(event: NostrEvent): event is VerifiedEvent;
}

/** Above this many characters the hash is made outside WebAssembly, whose memory is 1 MiB and fixed. */
const WASM_TEXT_LIMIT = 131_072;

/**
 * Makes a verifier. The only wait is the compilation of the WebAssembly module.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publicKeyOf, signEvent } from "./sign.ts";
 * import { createVerifier } from "./verifier.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { kind: 1, created_at: 1, tags: [], content: "gm", pubkey: publicKeyOf(key) };
 * const event = signEvent(unsigned, key, new Uint8Array(32));
 * const { verify } = await createVerifier();
 * assert.equal(verify(event), "ok");
 * assert.equal(verify({ ...event, content: "gn" }), "bad_id");
 * assert.equal(verify({ ...event, sig: "0".repeat(128) }), "bad_signature");
 * ```
 */
export async function createVerifier(): Promise<EventVerifier> {
  const wasm = await initNostrWasm();
  type WasmEvent = Parameters<typeof wasm.verifyEvent>[0];
  const verify = (event: NostrEvent): Verdict => {
    // The WebAssembly wrapper compares only as many bytes as the id has, so an empty id would pass it.
    if (!isHex(event.id, 64)) return "bad_id";
    if (!isHex(event.pubkey, 64) || !isHex(event.sig, 128)) return "bad_signature";
    if (textLength(event) <= WASM_TEXT_LIMIT) {
      const failure = failureOf(() => wasm.verifyEvent(event as unknown as WasmEvent));
      if (failure === undefined) return "ok";
      if (failure !== "id is invalid") return "bad_signature";
    }
    if (!hasOwnId(event)) return "bad_id";
    return schnorr.verify(hexToBytes(event.sig), hexToBytes(event.id), hexToBytes(event.pubkey))
      ? "ok"
      : "bad_signature";
  };
  return { verify, isVerified: (event): event is VerifiedEvent => verify(event) === "ok" };
}

function failureOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function textLength(event: NostrEvent): number {
  let length = event.content.length;
  for (const tag of event.tags) {
    length += 3;
    for (const item of tag) length += item.length + 3;
  }
  return length;
}
