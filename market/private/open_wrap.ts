/**
 * Opens market events in gift wraps (protocols/nostr/private_job.ts): a request, an answer or a deletion, signed by its author. A wrap with
 * any other event is a message.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { type NostrEvent, parseEvent } from "../../protocols/nostr/event.ts";
import { EventError } from "../../protocols/nostr/event_error.ts";
import { DELETION_KIND, isMarketKind } from "../../protocols/nostr/kinds.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import { decodeDocument, ToonError } from "../../protocols/toon/decode.ts";
import type { Signer } from "../../money/signer/signer.ts";

/** The event in the wrap, with its id and signature verified. Null if the wrap is not for this home, or contains no event of the market. */
export async function openWrap(
  wrap: NostrEvent,
  signer: Pick<Signer, "openText">,
  verifier: Pick<EventVerifier, "verify">,
): Promise<NostrEvent | null> {
  try {
    const text = await signer.openText(wrap);
    const event = parseEvent(decodeDocument(new TextEncoder().encode(text)).event);
    const ours = isMarketKind(event.kind) || event.kind === DELETION_KIND;
    return ours && verifier.verify(event) === "ok" ? event : null;
  } catch (error) {
    const foreign = error instanceof EventError || error instanceof ToonError ||
      codeOf(error) === "bad_field";
    if (!foreign) throw error;
    return null;
  }
}
