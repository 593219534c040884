/**
 * Private messages (NIP-17) in gift wraps (NIP-59): opens those that a skill receives, and wraps the answers.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/17.md
 * @see https://github.com/nostr-protocol/nips/blob/master/59.md
 * @module
 */
import { codeOf } from "../base/thrown.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { PRIVATE_MESSAGE_KIND } from "../protocols/nostr/kinds.ts";
import type { Signer } from "../money/signer/signer.ts";
import type { OpenedMessage } from "../skills/skill.ts";
import { InputError } from "./packing/input_error.ts";
import { maxPlaintextBytes } from "./private_request.ts";

/** The message in a gift wrap for this home. Throws InputError `undecryptable`, also if the wrap does not prove its author. */
export async function openMessage(
  wrap: NostrEvent,
  opener: Pick<Signer, "openWrap"> | null,
): Promise<OpenedMessage> {
  if (opener === null) throw new InputError("undecryptable", "gift wraps are not opened here");
  try {
    return await opener.openWrap(wrap);
  } catch (cause) {
    if (codeOf(cause) !== "bad_field" || !(cause instanceof Error)) throw cause;
    throw new InputError("undecryptable", `the gift wrap: ${cause.message}`, { cause });
  }
}

/** The answer to a message, signed and wrapped for its author. */
export async function answerMessage(
  { id, pubkey }: Pick<OpenedMessage, "id" | "pubkey">,
  content: string,
  signer: Pick<Signer, "wrap">,
  nowMs: number,
): Promise<NostrEvent> {
  return await signer.wrap(pubkey, {
    kind: PRIVATE_MESSAGE_KIND,
    created_at: Math.floor(nowMs / 1_000),
    tags: [["p", pubkey], ["e", id, "", "reply"]],
    content,
  });
}

/** The most bytes of an event in addition to its content: id, keys, times, tags, signature and field names. */
const AROUND_BYTES = 600;

/** The largest answer text in bytes whose gift wrap is an event of at most `eventBytes`. */
export function maxWrappedBytes(eventBytes: number): number {
  const sealBytes = maxPlaintextBytes(eventBytes - AROUND_BYTES);
  // The text is encrypted twice: the message inside the seal, and the seal inside the wrap.
  return Math.max(0, maxPlaintextBytes(sealBytes - AROUND_BYTES) - AROUND_BYTES);
}
