/**
 * Encrypted requests (NIP-90 with NIP-44): the content holds inputs and parameters, encrypted for the one provider. The result is encrypted
 * for the buyer in the same way.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/90.md#encrypted-params
 * @see https://github.com/nostr-protocol/nips/blob/master/44.md
 * @module
 */
import { codeOf } from "../base/thrown.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { PRIVATE_TAGS } from "../protocols/nostr/job_request.ts";
import { isPrivate } from "../protocols/nostr/private_event.ts";
import { inputTag } from "../protocols/nostr/job_tags.ts";
import { JobTagError, parseJobRequest } from "../protocols/nostr/nip90.ts";
import type { Signer } from "../money/signer/signer.ts";
import { readableRequest } from "./foreign_tags.ts";
import { InputError } from "./packing/input_error.ts";

/** Decrypts what customers encrypted for this provider. */
type Opener = Pick<Signer, "decrypt">;

/**
 * The decrypted request as a skill reads it: inputs and parameters are tags, and the content is empty. Id and signature stay those of the
 * encrypted event. A request that is not encrypted is returned unchanged. Throws InputError `undecryptable`, or `malformed` if the
 * decrypted text is not a list of inputs and parameters.
 */
export async function openRequest(event: NostrEvent, opener: Opener | null): Promise<NostrEvent> {
  if (!isPrivate(event)) return event;
  if (opener === null) {
    throw new InputError("undecryptable", "encrypted requests are not served here");
  }
  let plaintext: string;
  try {
    plaintext = await opener.decrypt(event.pubkey, event.content);
  } catch (cause) {
    if (codeOf(cause) !== "bad_field") throw cause;
    const told = "the request does not decrypt with this provider's key by NIP-44";
    throw new InputError("undecryptable", told, { cause });
  }
  try {
    const { inputs, params, output } = parseJobRequest(readableRequest(event), plaintext);
    const open = event.tags.filter(([name]) =>
      name !== "encrypted" && !PRIVATE_TAGS.includes(name ?? "")
    );
    const inner = params.map(({ name, values }) => ["param", name, ...values]);
    const wanted = output === undefined ? [] : [["output", output]];
    return {
      ...event,
      content: "",
      tags: [...inputs.map((input) => [...inputTag(input)]), ...inner, ...wanted, ...open],
    };
  } catch (error) {
    if (!(error instanceof JobTagError)) throw error;
    throw new InputError("malformed", `the decrypted request: ${error.message}`, { cause: error });
  }
}

/** The largest plaintext of NIP-44. */
const MAX_PLAINTEXT_BYTES = 65_535;

/**
 * The largest plaintext in bytes that fits into a content of `contentBytes` after encryption. Base64 turns three bytes into four. Version,
 * nonce, MAC and length take 67 bytes. The padding rounds up to the next eighth of a power of two (32 bytes below 256).
 */
export function maxPlaintextBytes(contentBytes: number): number {
  const roomBytes = Math.floor(contentBytes / 4) * 3 - 67;
  if (roomBytes < 32) return 0;
  const power = 2 ** Math.ceil(Math.log2(roomBytes));
  const step = power <= 256 ? 32 : power / 8;
  return Math.min(MAX_PLAINTEXT_BYTES, Math.floor(roomBytes / step) * step);
}
