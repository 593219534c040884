/**
 * Verifies events: recomputes the id, and checks the BIP-340 signature with WebAssembly (libsecp256k1). Pure.
 *
 * The event object itself stores no verdict: a copy of a verified event is verified again from its fields. A verifier may remember valid
 * signatures by id and signature, but recomputes the id each time.
 *
 * @module
 */
import type { NostrEvent, VerifiedEvent } from "./event.ts";
import { hasOwnId } from "./event_id.ts";
import { isHex, readHex } from "./hex.ts";
import { loadSchnorr } from "./schnorr.ts";
import { packSignatures, signatureBatch } from "./signature_batch.ts";
import { verifiedCache } from "./verified_cache.ts";

/**
 * The result of a verification. `bad_signature` also means that the public key is not a point of the curve.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createVerifier, type Verdict } from "./verifier.ts";
 * import { publicKeyOf, signEvent } from "./sign.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { pubkey: publicKeyOf(key), kind: 1, created_at: 1, tags: [], content: "gm" };
 * const event = signEvent(unsigned, key, new Uint8Array(32));
 * const { verify } = await createVerifier();
 * const verdict: Verdict = verify({ ...event, content: "gn" });
 * assert.equal(verdict, "bad_id");
 * ```
 */
export type Verdict = "ok" | "bad_id" | "bad_signature";

/**
 * Verifies events. Holds at most as many remembered signatures as its options allow.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createVerifier, type EventVerifier } from "./verifier.ts";
 * import { publicKeyOf, signEvent } from "./sign.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { pubkey: publicKeyOf(key), kind: 1, created_at: 1, tags: [], content: "gm" };
 * const verifier: EventVerifier = await createVerifier();
 * assert.ok(verifier.isVerified(signEvent(unsigned, key, new Uint8Array(32))));
 * ```
 */
export interface EventVerifier {
  /** Recomputes the id, then checks the signature over it. Never throws on a well-typed event. */
  verify(event: NostrEvent): Verdict;
  /** The verdicts of many events, in their order. Checking signatures together takes half the time. */
  verifyAll(events: readonly NostrEvent[]): Verdict[];
  /** The same as `verify`, as a type guard. */
  isVerified(event: NostrEvent): event is VerifiedEvent;
}

/**
 * The options of a verifier.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createVerifier, type VerifierOptions } from "./verifier.ts";
 * import { publicKeyOf, signEvent } from "./sign.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { pubkey: publicKeyOf(key), kind: 1, created_at: 1, tags: [], content: "gm" };
 * const event = signEvent(unsigned, key, new Uint8Array(32));
 * const options: VerifierOptions = { remember: 1_000 };
 * const { verify } = await createVerifier(options);
 * assert.deepEqual([verify(event), verify(event)], ["ok", "ok"]);
 * ```
 */
export interface VerifierOptions {
  /** How many valid signatures are remembered, for events that arrive again. Default: 0. */
  readonly remember?: number;
}

/**
 * Makes a verifier.
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
export async function createVerifier(options: VerifierOptions = {}): Promise<EventVerifier> {
  const check = await loadSchnorr();
  const known = verifiedCache(options.remember ?? 0);
  const message = new Uint8Array(32);
  const publicKey = new Uint8Array(32);
  const signature = new Uint8Array(64);
  const verify = (event: NostrEvent): Verdict => {
    const shape = checkIdentity(event);
    if (shape !== "ok") return shape;
    const { id, pubkey, sig } = event;
    if (known.has(id, sig)) return "ok";
    readHex(id, message);
    readHex(pubkey, publicKey);
    readHex(sig, signature);
    if (!check(message, publicKey, signature)) return "bad_signature";
    known.add(id, sig);
    return "ok";
  };
  const checkAll = signatureBatch();
  const verifyAll = (events: readonly NostrEvent[]): Verdict[] => {
    const verdicts = events.map(checkIdentity);
    const open = events.map((_, at) => at).filter((at) =>
      verdicts[at] === "ok" && !known.has(events[at].id, events[at].sig)
    );
    const good = checkAll(packSignatures(open.map((at) => events[at])));
    open.forEach((at, index) => {
      if (good[index] === 1) known.add(events[at].id, events[at].sig);
      else verdicts[at] = "bad_signature";
    });
    return verdicts;
  };
  return {
    verify,
    verifyAll,
    isVerified: (event): event is VerifiedEvent => verify(event) === "ok",
  };
}

/** The cheap part of a verification: the form of the three hex fields and the id. After `ok`, only the signature is unchecked. */
export function checkIdentity(event: NostrEvent): Verdict {
  if (!isHex(event.id, 64)) return "bad_id";
  if (!isHex(event.pubkey, 64) || !isHex(event.sig, 128)) return "bad_signature";
  return hasOwnId(event) ? "ok" : "bad_id";
}
