/**
 * Packets of private jobs: the data goes in a gift wrap for its reader (protocols/nostr/private_job.ts), the answer comes encrypted between
 * the two parties, so that the hops between see neither.
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

/** What a hop reads instead of the reason. */
export const SEALED_WORDS = "the reason is for the buyer alone";

/** The data of a packet, which is text, for its reader alone. */
export async function sealedData(
  data: Uint8Array,
  reader: string,
  signer: Pick<Signer, "wrapText">,
): Promise<Uint8Array> {
  return encodeToon(await signer.wrapText(reader, new TextDecoder().decode(data)), "1.4");
}

/** The wrap that a packet carries; null where it carries something else. Throws ToonError and EventError. */
export function wrapIn(data: Uint8Array): NostrEvent | null {
  const scan = scanKind(data);
  if (!scan.ok || scan.kind !== GIFT_WRAP_KIND) return null;
  return parseEvent(decodeDocument(data).event);
}

/** A refusal whose reason and data its buyer alone can read; the code stays, since hops act on it. */
export async function sealedReject(
  { code, message, data, ...rest }: TerminalReject,
  buyer: string,
  signer: Pick<Signer, "encrypt">,
): Promise<TerminalReject> {
  const text = data === undefined ? "" : new TextDecoder().decode(data);
  const sealed = await signer.encrypt(buyer, JSON.stringify({ message, data: text }));
  return { ...rest, code, message: SEALED_WORDS, data: new TextEncoder().encode(sealed) };
}

/** What a provider's answer says; null where it is not sealed for us by it. */
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
    // Another hop answered, or a provider that seals nothing: its words are read as they are.
    return null;
  }
}
