/**
 * The bytes of a ledger: entries and heads as JSON, and keyed hashes over them. The process that stores them can read them but cannot
 * change them.
 *
 * A snapshot is the head's MAC (32 bytes), then the head and each entry in it. Each of them is preceded by its length (4 bytes).
 *
 * @module
 */
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "../../protocols/evm/keccak.ts";
import { hmacSha256 } from "../../protocols/secp256k1/curve.ts";
import type { EntryState, LedgerHead, SealedEntry } from "./ledger_entry.ts";
import type { SealedSnapshot } from "./sealed_snapshot.ts";
import { SignerError } from "./signer_error.ts";

/** A head whose MAC was not checked yet, because that needs the sum of all entries. */
interface OpenedHead {
  readonly counter: number;
  readonly mac: Uint8Array;
  readonly body: Uint8Array;
  readonly recent: readonly SealedEntry[];
}

/** The operations with a wallet's sealing keys. The keys themselves are not returned. */
export interface LedgerKeys {
  /** The entry's part of the sum. Every bit of the entry changes it. */
  summand(entry: SealedEntry): bigint;
  /** Encodes an entry. */
  sealEntry(key: string, counter: number, state: EntryState): SealedEntry;
  /** The state in an entry. It may be trusted only after the head was checked. Throws SignerError `snapshot`. */
  stateOf(entry: SealedEntry): EntryState;
  /** A MAC of 32 bytes over head, sum and number of entries. */
  macOf(body: Uint8Array, sum: bigint, entries: number): Uint8Array;
  /** The head, if it was sealed over this sum. Throws SignerError `snapshot`. */
  checkHead(opened: OpenedHead, sum: bigint, entries: number): LedgerHead;
  /** Overwrites the keys. */
  destroy(): void;
}

const MAC_BYTES = 32;
const LENGTH_BYTES = 4;
const VERSION = 3;
const HEAD_INFO = new TextEncoder().encode("crosstown signer ledger 3 head");
const ENTRY_INFO = new TextEncoder().encode("crosstown signer ledger 3 entry");
const text = new TextEncoder();

/** The sealing keys of a wallet: HKDF-SHA256 of its payment key. */
export function ledgerKeysOf(paymentKey: Uint8Array): LedgerKeys {
  const headKey = hkdf(sha256, paymentKey, undefined, HEAD_INFO, 32);
  const entryKey = hkdf(sha256, paymentKey, undefined, ENTRY_INFO, 32);
  const macOf = (body: Uint8Array, sum: bigint, entries: number) =>
    hmacSha256(headKey, [text.encode(`${entries}:${sum.toString(16)}:`), body]);
  return {
    summand: ({ sealed }) => BigInt(toHex(hmacSha256(entryKey, [sealed]))),
    sealEntry: (key, counter, state) => ({
      key,
      counter,
      sealed: text.encode(JSON.stringify({ key, counter, state }, plainBigints)),
    }),
    stateOf(entry) {
      const { key, counter, state } = read<SealedEntry & { state: EntryState }>(entry.sealed);
      if (key === entry.key && counter === entry.counter && typeof state === "object") return state;
      throw refusal("an entry is stored under another name");
    },
    macOf,
    checkHead({ counter, mac, body }, sum, entries) {
      if (!equal(macOf(body, sum, entries), mac)) {
        throw refusal(
          "it was not sealed by this wallet, was changed, or its entries are missing or old",
        );
      }
      // If the MAC is right, this program wrote the content.
      const { version, ...head } = read<LedgerHead & { version: number }>(body);
      if (version !== VERSION) throw refusal(`it has version ${version}`);
      if (head.counter !== counter) {
        throw refusal(`it has counter ${head.counter}, but the store has ${counter}`);
      }
      return head;
    },
    destroy() {
      headKey.fill(0);
      entryKey.fill(0);
    },
  };
}

/** Seals a head, with the entries that are part of the snapshot. */
export function sealHead(
  keys: LedgerKeys,
  head: LedgerHead,
  sum: bigint,
  entries: number,
  recent: readonly SealedEntry[],
): SealedSnapshot {
  const body = text.encode(JSON.stringify({ version: VERSION, ...head }, plainBigints));
  const parts = [body, ...recent.map(({ sealed }) => sealed)];
  const length = parts.reduce((all, part) => all + LENGTH_BYTES + part.length, MAC_BYTES);
  const sealed = new Uint8Array(length);
  sealed.set(keys.macOf(body, sum, entries));
  const view = new DataView(sealed.buffer);
  let at = MAC_BYTES;
  for (const part of parts) {
    view.setUint32(at, part.length);
    sealed.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return { counter: head.counter, sealed };
}

/** Splits a snapshot into its parts. Throws SignerError `snapshot` if it is not valid. */
export function openHead({ counter, sealed }: SealedSnapshot): OpenedHead {
  if (!(sealed instanceof Uint8Array) || sealed.length <= MAC_BYTES + LENGTH_BYTES) {
    throw refusal("it is not a sealed ledger");
  }
  const parts: Uint8Array[] = [];
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.length);
  for (let at = MAC_BYTES; at < sealed.length;) {
    const start = at + LENGTH_BYTES;
    if (start > sealed.length) throw refusal("it ends too soon");
    const end = start + view.getUint32(at);
    if (end > sealed.length) throw refusal("it ends too soon");
    parts.push(sealed.slice(start, end));
    at = end;
  }
  const [body, ...recent] = parts;
  return {
    counter,
    mac: sealed.slice(0, MAC_BYTES),
    body,
    recent: recent.map((bytes) => {
      const { key, counter } = read<{ key: unknown; counter: unknown }>(bytes);
      if (typeof key === "string" && typeof counter === "number") {
        return { key, counter, sealed: bytes };
      }
      throw refusal("it contains an invalid entry");
    }),
  };
}

function read<Value>(bytes: Uint8Array): Value {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes), bigBigints);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // The error below does not contain the library's message, which may repeat foreign bytes.
  }
  throw refusal("it cannot be read");
}

/** `{"n":"..."}` represents a bigint. */
function plainBigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? { n: String(value) } : value;
}

function bigBigints(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("n" in value)) return value;
  return typeof value.n === "string" ? BigInt(value.n) : value;
}

/** Compares in a time that does not depend on the position of the first difference. */
function equal(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < left.length; at++) difference |= left[at] ^ right[at];
  return difference === 0;
}

function refusal(why: string): SignerError {
  return new SignerError("snapshot", `Cannot start: the ledger does not open: ${why}`);
}
