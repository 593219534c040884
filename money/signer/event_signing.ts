/**
 * Signs Nostr events with one key. The fields are checked, the id is computed here, and the signature is verified before it is returned.
 *
 * @module
 */
import {
  type NostrEvent,
  parseUnsignedEvent,
  type Pubkey,
  type UnsignedEvent,
} from "../../protocols/nostr/event.ts";
import { EventError } from "../../protocols/nostr/event_error.ts";
import { bytesToHex } from "../../protocols/nostr/hex.ts";
import {
  checkpointDigest,
  type CheckpointFields,
} from "../../protocols/nostr/journal_checkpoint.ts";
import {
  type BuildFacts,
  type BuildJob,
  buildStatement,
  type Envelope,
  envelopeOf,
  statementDigest,
} from "../../protocols/slsa/build_statement.ts";
import { publicKeyOf, signEvent, signMessage } from "../../protocols/nostr/sign.ts";
import type { Random } from "../wallet/blob.ts";
import { record } from "./claim_fields.ts";
import { SignerError } from "./signer_error.ts";

/** Signs events of one author. */
interface EventSigning {
  /** x-only public key, hex. */
  readonly pubkey: Pubkey;
  /** Throws SignerError `foreign_pubkey` or `bad_field`. */
  sign(event: unknown): NostrEvent;
  /** The signature over a place in the journal, hex. Throws SignerError `bad_field`. */
  signCheckpoint(fields: unknown): string;
  /** A signed statement about an image that was built, in its envelope. Throws SignerError `bad_field`. */
  signBuild(facts: unknown, job: unknown): Envelope;
}

/** The most characters of an event's tags and content together. */
const MAX_EVENT_CHARS = 262_144;
/** The most characters of a statement. */
const MAX_STATEMENT_CHARS = 32_768;
/** Makes the event signing of a key. `nostrKey` is used in place, so that its owner can overwrite it. */
export function createEventSigning(nostrKey: Uint8Array, random: Random): EventSigning {
  const pubkey = publicKeyOf(nostrKey);
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
      return made(() => signEvent(event, nostrKey, random(32)));
    },
    signCheckpoint(value) {
      const digest = checkpointDigest(parsedCheckpoint(value));
      return bytesToHex(made(() => signMessage(digest, nostrKey, random(32))));
    },
    signBuild(facts, job) {
      const statement = statementOf(facts, job, pubkey);
      const digest = statementDigest(statement);
      const signature = bytesToHex(made(() => signMessage(digest, nostrKey, random(32))));
      return envelopeOf(statement, signature, pubkey);
    },
  };
}

/** The statement of a build. Throws SignerError `bad_field`. */
function statementOf(facts: unknown, job: unknown, provider: string): string {
  const { buyer, requestId, amountUnits } = record(job, "a build's job") as unknown as BuildJob;
  try {
    const statement = buildStatement(record(facts, "a build") as unknown as BuildFacts, {
      provider,
      buyer,
      requestId,
      amountUnits,
    });
    if (statement.length <= MAX_STATEMENT_CHARS) return statement;
  } catch (error) {
    if (error instanceof RangeError) throw new SignerError("bad_field", error.message);
    throw error;
  }
  throw new SignerError(
    "bad_field",
    `a build's statement has over ${MAX_STATEMENT_CHARS} characters`,
  );
}

/** Every signature is verified before it is returned. One that does not verify is never returned. */
function made<Value>(sign: () => Value): Value {
  try {
    return sign();
  } catch (cause) {
    throw new SignerError("locked", "the signature that was made does not verify", { cause });
  }
}

/** Reads a checkpoint. Each field is read once. Throws SignerError `bad_field`. */
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
