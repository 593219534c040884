/**
 * SHA-256 of what is there at once. A new worker hashes in JavaScript: loading `node:crypto` takes it longer than a few hundred events. When
 * it has hashed {@link LOAD_AFTER_BYTES}, it goes on with `node:crypto`, which is several times as fast.
 *
 * @module
 */
import { sha256 as inScript } from "@noble/hashes/sha2.js";

/** About as many bytes as JavaScript hashes while `node:crypto` is loaded. */
const LOAD_AFTER_BYTES = 1 << 20;
/** What a call costs beside its bytes, in bytes. */
const CALL_BYTES = 512;

const load = () => process.getBuiltinModule("node:crypto").hash;

let left = LOAD_AFTER_BYTES;
let loaded: ReturnType<typeof load> | null = null;

/** The 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  const hash = nodeHash(data.length);
  return hash === null ? inScript(data) : new Uint8Array(hash("sha256", data, "buffer"));
}

/** The 32 bytes of a text in UTF-8, in lowercase hex. */
export function sha256Hex(text: string): string {
  const hash = nodeHash(text.length);
  return hash === null ? inScript(encoder.encode(text)).toHex() : hash("sha256", text, "hex");
}

const encoder = new TextEncoder();

function nodeHash(length: number): typeof loaded {
  if (loaded !== null) return loaded;
  left -= length + CALL_BYTES;
  if (left < 0) loaded = load();
  return loaded;
}
