/**
 * Packets of private jobs. The data is in a gift wrap for its reader (protocols/nostr/private_job.ts), and the answer is encrypted between
 * the two parties. So the hops between them can read neither.
 *
 * @module
 */
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { GIFT_WRAP_KIND } from "../../protocols/nostr/kinds.ts";
import { parseStrictJson } from "../../protocols/json/strict_json.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { scanKind } from "../../protocols/toon/kind_scanner.ts";
import type { TerminalReject } from "../../money/receiver/terminal.ts";
import type { Signer } from "../../money/signer/signer.ts";

/** The text that hops read in the place of the reason. */
export const SEALED_WORDS = "the reason is for the buyer alone";

/** The data of a packet, wrapped for its reader. The data must be text. */
export async function sealedData(
  data: Uint8Array,
  reader: string,
  signer: Pick<Signer, "wrapText">,
): Promise<Uint8Array> {
  return encodeToon(await signer.wrapText(reader, new TextDecoder().decode(data)), "1.4");
}

/** The gift wrap in a packet. Null if the packet contains something else. Throws ToonError and EventError. */
export function wrapIn(data: Uint8Array): NostrEvent | null {
  return isWrap(data) ? parseEvent(decodeDocument(data).event) : null;
}

/** Whether a packet's data is a gift wrap, by its kind alone. */
export function isWrap(data: Uint8Array): boolean {
  const scan = scanKind(data);
  return scan.ok && scan.kind === GIFT_WRAP_KIND;
}

/** A refusal whose reason and data only the buyer can read. The code stays readable, because hops act on it. */
export async function sealedReject(
  { code, message, data, ...rest }: TerminalReject,
  buyer: string,
  signer: Pick<Signer, "encrypt">,
): Promise<TerminalReject> {
  const text = data === undefined ? "" : new TextDecoder().decode(data);
  const sealed = await signer.encrypt(buyer, JSON.stringify({ message, data: text }));
  return { ...rest, code, message: SEALED_WORDS, data: new TextEncoder().encode(sealed) };
}

/** The content of a provider's answer. Null if it is not encrypted by this provider for this home. */
export async function openedAnswer(
  answer: Uint8Array,
  provider: string,
  signer: Pick<Signer, "decrypt">,
): Promise<{ readonly message: string; readonly data: Uint8Array } | null> {
  try {
    const text = await signer.decrypt(provider, new TextDecoder().decode(answer));
    const { message, data } = parseStrictJson(text) as { message?: unknown; data?: unknown };
    if (typeof message !== "string" || typeof data !== "string") return null;
    return { message, data: new TextEncoder().encode(data) };
  } catch {
    // Another hop answered, or a provider that does not encrypt. Such an answer is read as it is.
    return null;
  }
}
