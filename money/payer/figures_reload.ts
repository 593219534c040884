/**
 * Reads a channel's figures again after a commit failed, or after the store closed packets by other means. Nothing is signed on the channel
 * until then.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";

const RELOAD_MS = 1_000;

/** The reload of one payer. */
export class FiguresReload {
  #broken = false;
  #stopped = false;

  /** `load` reads the figures after all unfinished commits have ended. `loaded` is called afterwards. */
  constructor(
    readonly timers: Timers,
    readonly work: {
      commitsEnded(): Promise<void>;
      load(): Promise<void>;
      loaded(): void;
    },
  ) {}

  /** Whether the figures in memory may differ from those in the store. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Starts the reload: at once, or after a pause if the store failed. */
  begin(at: "now" | "later"): void {
    this.#broken = true;
    if (at === "now") void this.#reload();
    else this.timers.after(RELOAD_MS, () => void this.#reload());
  }

  /** Resolves when all unfinished commits have ended and, if the store failed, after a pause for its recovery. */
  async settled(): Promise<void> {
    await this.work.commitsEnded();
    if (this.#broken && !this.#stopped) {
      await new Promise<void>((resolve) => this.timers.after(RELOAD_MS, resolve));
    }
  }

  /** Stops reading. */
  stop(): void {
    this.#stopped = true;
  }

  async #reload(): Promise<void> {
    await this.work.commitsEnded();
    if (this.#stopped) return;
    try {
      await this.work.load();
    } catch {
      this.timers.after(RELOAD_MS, () => void this.#reload());
      return;
    }
    this.#broken = false;
    this.work.loaded();
  }
}
