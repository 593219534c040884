/**
 * Signing of Nostr events with one key: the fields are checked, the id is computed here, the signature is made in WebAssembly
 * (twice the speed of JavaScript) and verified before it is given out.
 *
 * @module
 */
import { schnorr } from "@noble/curves/secp256k1.js";
import { initNostrWasm } from "nostr-wasm";
import {
  EventError,
  eventId,
  type NostrEvent,
  parseUnsignedEvent,
  type Pubkey,
  type UnsignedEvent,
} from "../../protocols/nostr/event.ts";
import { bytesToHex } from "../../protocols/nostr/hex.ts";
import {
  checkpointDigest,
  type CheckpointFields,
} from "../../protocols/nostr/journal_checkpoint.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import type { Random } from "../wallet/blob.ts";
import { record } from "./claim_fields.ts";
import { SignerError } from "./signer.ts";

/** Signs events of one author. */
export interface EventSigning {
  /** x-only public key, hex. */
  readonly pubkey: Pubkey;
  /** Throws SignerError `foreign_pubkey` or `bad_field`. */
  sign(event: unknown): NostrEvent;
  /** The signature over a place in the journal, hex. Throws SignerError `bad_field`. */
  signCheckpoint(fields: unknown): string;
}

/** The most characters of an event's tags and content together. */
export const MAX_EVENT_CHARS = 262_144;
/** Above this, WebAssembly's fixed memory is too small, and the slower way is taken. */
const WASM_CHARS = 131_072;

/** Loads WebAssembly; `nostrKey` is used in place, so that whoever owns it can overwrite it. */
export async function createEventSigning(
  nostrKey: Uint8Array,
  random: Random,
): Promise<EventSigning> {
  const [wasm, verifier] = await Promise.all([initNostrWasm(), createVerifier()]);
  const pubkey = publicKeyOf(nostrKey);
  const quick = (event: UnsignedEvent): NostrEvent | null => {
    const draft = { ...event, tags: event.tags.map((tag) => [...tag]), id: "", sig: "" };
    // Without the third argument: the library ignores it and then signs with what its memory holds, instead of fresh randomness.
    wasm.finalizeEvent(draft, nostrKey);
    const { sig } = draft;
    const id = eventId(event);
    // The library writes rare control characters its own way: then its id is not the one that is signed here.
    return draft.id === id ? { id, ...event, sig } : null;
  };
  return {
    pubkey,
    sign(value) {
      const event = parsed(value);
      if (event.pubkey !== pubkey) {
        throw new SignerError("foreign_pubkey", "event.pubkey must be the signer's own");
      }
      const chars = charsOf(event);
      if (chars > MAX_EVENT_CHARS) {
        throw new SignerError("bad_field", `event has ${chars} characters, too many to sign`);
      }
      const signed = (chars <= WASM_CHARS ? quick(event) : null) ??
        signEvent(event, nostrKey, random(32));
      if (verifier.verify(signed) !== "ok") {
        throw new SignerError("locked", "the signature that was made does not verify");
      }
      return signed;
    },
    signCheckpoint(value) {
      const digest = checkpointDigest(parsedCheckpoint(value));
      // Verified by the library before it is given out.
      return bytesToHex(schnorr.sign(digest, nostrKey, random(32)));
    },
  };
}

/** Each field is read once. Throws SignerError `bad_field`. */
function parsedCheckpoint(value: unknown): CheckpointFields {
  const fields = record(value, "a checkpoint");
  const { seq, hash, commit } = fields;
  const place = { seq, hash, commit } as CheckpointFields;
  try {
    checkpointDigest(place);
  } catch (error) {
    if (error instanceof RangeError) throw new SignerError("bad_field", error.message);
    throw error;
  }
  return place;
}

function parsed(value: unknown): UnsignedEvent {
  try {
    const { pubkey, created_at, kind, tags, content } = parseUnsignedEvent(value);
    return { pubkey, created_at, kind, tags, content };
  } catch (error) {
    if (error instanceof EventError) throw new SignerError("bad_field", error.message);
    throw error;
  }
}

function charsOf(event: UnsignedEvent): number {
  let chars = event.content.length;
  for (const tag of event.tags) for (const item of tag) chars += item.length + 3;
  return chars;
}
