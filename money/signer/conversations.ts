/**
 * NIP-44 between one secret key and its peers: encryption, and the shared key from which packet fulfilments are computed.
 *
 * Held: the conversation keys of the last 256 peers; the least recently used one is overwritten with zeros and dropped.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/44.md
 * @module
 */
import { decrypt, encrypt, getConversationKey } from "nostr-tools/nip44";
import { sharedFulfilment } from "../../protocols/ilp/condition.ts";
import type { Random } from "../wallet/blob.ts";
import { SignerError } from "./signer_error.ts";

/** The operations with a conversation key. The key itself is not returned. */
interface Conversations {
  /** Returns 32 bytes. Throws SignerError `bad_field`. */
  fulfilment(peer: unknown, dataSha256: unknown): Uint8Array;
  /** Returns a NIP-44 version 2 payload. Throws SignerError `bad_field`. */
  encrypt(peer: unknown, plaintext: unknown): string;
  /** Throws SignerError `bad_field` if the payload cannot be decrypted. */
  decrypt(peer: unknown, payload: unknown): string;
  /** Overwrites all keys. */
  destroy(): void;
}

const MAX_PEERS = 256;
const MAX_PLAINTEXT_BYTES = 65_535;
const MAX_PAYLOAD_CHARS = 87_472;

/** Makes the conversations of a key. `nostrKey` is used in place and not copied. */
export function createConversations(nostrKey: Uint8Array, random: Random): Conversations {
  const keys = new Map<string, Uint8Array>();

  const keyWith = (peer: unknown): Uint8Array => {
    if (typeof peer !== "string" || !/^[0-9a-f]{64}$/.test(peer)) {
      throw new SignerError("bad_field", "peer must be 64 lowercase hex digits");
    }
    const known = keys.get(peer);
    const key = known ?? attempt(
      () => getConversationKey(nostrKey, peer),
      "peer must be a public key: this one is not a point on the curve",
    );
    keys.delete(peer);
    keys.set(peer, key);
    if (keys.size > MAX_PEERS) {
      const [oldest] = keys.keys();
      keys.get(oldest)?.fill(0);
      keys.delete(oldest);
    }
    return key;
  };

  return {
    fulfilment(peer, dataSha256) {
      if (!(dataSha256 instanceof Uint8Array) || dataSha256.length !== 32) {
        throw new SignerError("bad_field", "dataSha256 must be 32 bytes");
      }
      return sharedFulfilment(keyWith(peer), dataSha256);
    },
    encrypt(peer, plaintext) {
      const size = typeof plaintext === "string" ? new TextEncoder().encode(plaintext).length : 0;
      if (typeof plaintext !== "string" || size < 1 || size > MAX_PLAINTEXT_BYTES) {
        throw new SignerError(
          "bad_field",
          `plaintext must be text of 1 to ${MAX_PLAINTEXT_BYTES} bytes`,
        );
      }
      const key = keyWith(peer);
      return attempt(() => encrypt(plaintext, key, random(32)), "plaintext cannot be encrypted");
    },
    decrypt(peer, payload) {
      if (typeof payload !== "string" || payload.length > MAX_PAYLOAD_CHARS) {
        throw new SignerError(
          "bad_field",
          `payload must be text of at most ${MAX_PAYLOAD_CHARS} characters`,
        );
      }
      const key = keyWith(peer);
      return attempt(() => decrypt(payload, key), "payload does not decrypt");
    },
    destroy() {
      for (const key of keys.values()) key.fill(0);
      keys.clear();
    },
  };
}

/** The errors of the library are replaced, because their messages are not under our control. */
function attempt<T>(action: () => T, words: string): T {
  try {
    return action();
  } catch {
    throw new SignerError("bad_field", words);
  }
}
