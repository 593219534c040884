/**
 * Partial results of a run as feedback events, as many as its payment covers.
 *
 * @module
 */
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { SkillProgress } from "../skills/skill.ts";

/** The parts of one run. */
interface PartialResults {
  /** Publishes a part, unless nothing is left for it. */
  feedback(progress: SkillProgress): void;
  /** What the parts took of the payment. */
  spentBytes(): number;
}

/** Id and signature, and what the relay's encoding adds. */
const SIGNED_BYTES = 260;

/** Parts of at most `roomBytes` together; without `tell` none. `made` makes the event of one. */
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
