/**
 * What of the market comes to a home in a gift wrap (protocols/nostr/private_job.ts): a request, an answer or a deletion, signed by its
 * author. A wrap with anything else in it is somebody's message.
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

/** The event, its id and signature right; null where the wrap is not for us, or holds none of the market's. */
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
