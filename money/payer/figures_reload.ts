/**
 * Reads a channel's figures anew after the store failed under them, or closed packets without us. Until then nothing is signed on them.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";

const RELOAD_MS = 1_000;

/** One payer's. */
export class FiguresReload {
  #broken = false;
  #stopped = false;

  /** `load` reads the figures, once all commits under way have ended; `loaded` is told then. */
  constructor(
    readonly timers: Timers,
    readonly work: {
      commitsEnded(): Promise<void>;
      load(): Promise<void>;
      loaded(): void;
    },
  ) {}

  /** Whether the figures in memory are not those of the store. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Begins: at once, or a little later where the store failed. */
  begin(at: "now" | "later"): void {
    this.#broken = true;
    if (at === "now") void this.#reload();
    else this.timers.after(RELOAD_MS, () => void this.#reload());
  }

  /** All commits under way have ended, and the store had time to recover where it failed. */
  async settled(): Promise<void> {
    await this.work.commitsEnded();
    if (this.#broken && !this.#stopped) {
      await new Promise<void>((resolve) => this.timers.after(RELOAD_MS, resolve));
    }
  }

  /** Nothing is read any more. */
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
