/**
 * Partial results of a run as feedback events, as many as the payment covers.
 *
 * @module
 */
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { SkillProgress } from "../skills/skill.ts";

/** The partial results of one run. */
interface PartialResults {
  /** Publishes a partial result if enough of the payment is left. */
  feedback(progress: SkillProgress): void;
  /** The bytes that the partial results have taken of the payment. */
  spentBytes(): number;
}

/** The bytes of the id and signature, and of what the relay's encoding adds. */
const SIGNED_BYTES = 260;

/** Limits all partial results together to `roomBytes`. `made` makes the event of one. Without `tell`, none are published. */
export function partialResults(
  roomBytes: number,
  made: (words: { readonly info: string; readonly content?: string }) => UnsignedEvent,
  tell: ((event: UnsignedEvent) => void) | undefined,
): PartialResults {
  let spentBytes = 0;
  return {
    feedback({ status, message, content }) {
      if (status !== "partial" || tell === undefined) return;
      const event = made({ info: message, content });
      const sizeBytes = new TextEncoder().encode(JSON.stringify(event)).length + SIGNED_BYTES;
      if (spentBytes + sizeBytes > roomBytes) return;
      spentBytes += sizeBytes;
      tell(event);
    },
    spentBytes: () => spentBytes,
  };
}
