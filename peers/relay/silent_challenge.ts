/**
 * Handles relays that send a challenge (NIP-42) and then answer nothing, or only with a NOTICE: they serve only authenticated clients, but
 * do not say so in an answer to a request. Held: one timer.
 *
 * @module
 */
import { parseReason } from "../../protocols/nostr/reason.ts";
import type { Timers } from "../../base/timers.ts";

/** Relays that answer do so in less than this time. */
const SILENT_MS = 2_000;

/** What it needs from its session. */
interface SilenceDeps {
  readonly timers: Timers;
  /** Whether there is a challenge that was not answered yet. */
  readonly offered: () => boolean;
  /** Whether a request or event has no answer yet. */
  readonly waiting: () => boolean;
  readonly prove: () => void;
}

/** Watches one session over all its connections. */
export class SilentChallenge {
  readonly #deps: SilenceDeps;
  #cancel: (() => void) | null = null;

  /** Watches nothing before {@link SilentChallenge.watch}. */
  constructor(deps: SilenceDeps) {
    this.#deps = deps;
  }

  /** Call this after a request, an event or a challenge. Authenticates if something has no answer 2 s later. */
  watch(): void {
    if (this.#cancel !== null || !this.#deps.offered()) return;
    this.#cancel = this.#deps.timers.after(SILENT_MS, () => {
      this.#cancel = null;
      this.#look();
    });
  }

  /** Authenticates at once if a NOTICE asks for it. */
  noticed(words: string): void {
    const { prefix } = parseReason(words);
    if (prefix === "auth-required" || prefix === "restricted") this.#look();
  }

  /** Stops the timer, because the connection and its challenge are gone. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #look(): void {
    if (this.#deps.offered() && this.#deps.waiting()) this.#deps.prove();
  }
}
