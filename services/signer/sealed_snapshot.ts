/**
 * A signer's ledger as bytes that only the same wallet can have made: HMAC-SHA256 (32 bytes) over JSON, then the JSON. Whoever
 * keeps it can read it and cannot change it. That it is the newest one is the keeper's duty: it is committed with the claim.
 *
 * @module
 */
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { LedgerState } from "./claim_ledger.ts";
import { SignerError } from "./signer.ts";
import type { Bucket } from "./spending.ts";

/** A snapshot as a store keeps it. */
export interface SealedSnapshot {
  /** Claims signed so far: the highest is the newest. */
  readonly counter: number;
  /** MAC and ledger. */
  readonly sealed: Uint8Array;
}

const MAC_BYTES = 32;
const VERSION = 2;
const INFO = new TextEncoder().encode("crosstown signer snapshot 1");

/** The MAC key of a wallet: HKDF-SHA256 of its payment key. 32 bytes. */
export function snapshotKeyOf(paymentKey: Uint8Array): Uint8Array {
  return hkdf(sha256, paymentKey, undefined, INFO, 32);
}

/** Seals a ledger. */
export function sealSnapshot(key: Uint8Array, state: LedgerState): SealedSnapshot {
  const body = new TextEncoder().encode(JSON.stringify({
    version: VERSION,
    counter: state.counter,
    channels: state.channels.map((channel) => ({
      ...channel,
      transferredAmount: String(channel.transferredAmount),
    })),
    fiveMinutes: state.spending.fiveMinutes.map(plainBucket),
    hours: state.spending.hours.map(plainBucket),
    lastSeenMs: state.spending.lastSeenMs,
    transactions: state.transactions,
  }, plainBigints));
  const sealed = new Uint8Array(MAC_BYTES + body.length);
  sealed.set(hmac(sha256, key, body));
  sealed.set(body, MAC_BYTES);
  return { counter: state.counter, sealed };
}

/**
 * The ledger in a snapshot.
 *
 * @throws {SignerError} `snapshot` when it was not sealed under this key, or the counter beside it is another
 */
export function openSnapshot(key: Uint8Array, snapshot: SealedSnapshot): LedgerState {
  const { counter, sealed } = snapshot;
  if (!(sealed instanceof Uint8Array) || sealed.length <= MAC_BYTES) {
    throw new SignerError("snapshot", "Cannot start: the ledger snapshot is no sealed ledger");
  }
  const body = sealed.subarray(MAC_BYTES);
  if (!equal(hmac(sha256, key, body), sealed.subarray(0, MAC_BYTES))) {
    throw new SignerError(
      "snapshot",
      "Cannot start: the ledger snapshot was not sealed by this wallet, or was changed",
    );
  }
  // Behind a right MAC stands what this code wrote.
  const value = JSON.parse(new TextDecoder().decode(body), bigBigints);
  if (value.version !== VERSION) {
    throw new SignerError("snapshot", `Cannot start: ledger snapshot of version ${value.version}`);
  }
  if (value.counter !== counter) {
    throw new SignerError(
      "snapshot",
      `Cannot start: the ledger snapshot has counter ${value.counter}, stored beside it is ${counter}`,
    );
  }
  return {
    counter,
    channels: value.channels.map((channel: Record<string, unknown>) => ({
      ...channel,
      transferredAmount: BigInt(channel.transferredAmount as string),
    })),
    spending: {
      fiveMinutes: value.fiveMinutes.map(bigBucket),
      hours: value.hours.map(bigBucket),
      lastSeenMs: value.lastSeenMs,
    },
    transactions: value.transactions,
  };
}

/** `{"n":"…"}` stands for a bigint. */
function plainBigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? { n: String(value) } : value;
}

function bigBigints(_key: string, value: unknown): unknown {
  const bigint = typeof value === "object" && value !== null && "n" in value;
  return bigint ? BigInt(value.n as string) : value;
}

function plainBucket([index, units]: Bucket): [number, string] {
  return [index, String(units)];
}

function bigBucket([index, units]: [number, string]): Bucket {
  return [index, BigInt(units)];
}

/** In a time that does not depend on where the first difference is. */
function equal(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < left.length; at++) difference |= left[at] ^ right[at];
  return difference === 0;
}
