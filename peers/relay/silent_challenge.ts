/**
 * A relay that challenges (NIP-42) and then answers nothing, or in a NOTICE alone: some serve nobody whom they do not know, and have no
 * words for it that name a request. Held: one timer.
 *
 * @module
 */
import { parseReason } from "../../protocols/nostr/reason.ts";
import type { Timers } from "../../base/timers.ts";

/** Longer than a relay takes that answers. */
const SILENT_MS = 2_000;

/** What it asks of its session. */
interface SilenceDeps {
  readonly timers: Timers;
  /** Whether there is a challenge that nobody answered yet. */
  readonly offered: () => boolean;
  /** Whether something was asked that has no answer. */
  readonly waiting: () => boolean;
  readonly prove: () => void;
}

/** Watches one session, whatever connections it has. */
export class SilentChallenge {
  readonly #deps: SilenceDeps;
  #cancel: (() => void) | null = null;

  /** Nothing is watched before {@link SilentChallenge.watch}. */
  constructor(deps: SilenceDeps) {
    this.#deps = deps;
  }

  /** Something was asked, or the challenge came: proves after 2 s in which no answer came. */
  watch(): void {
    if (this.#cancel !== null || !this.#deps.offered()) return;
    this.#cancel = this.#deps.timers.after(SILENT_MS, () => {
      this.#cancel = null;
      this.#look();
    });
  }

  /** A NOTICE that asks for a proof is answered at once. */
  noticed(words: string): void {
    const { prefix } = parseReason(words);
    if (prefix === "auth-required" || prefix === "restricted") this.#look();
  }

  /** The connection is gone, and its challenge with it. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #look(): void {
    if (this.#deps.offered() && this.#deps.waiting()) this.#deps.prove();
  }
}
