/**
 * Counts the outcomes of packets, to show to people.
 *
 * Held: a number for each code, at most 64 codes (later ones count as `other`), and one for each of the last ten seconds.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";

const SECONDS = 10;
const MAX_CODES = 64;

/** Counts packets by outcome. */
export class Tally {
  readonly #byCode = new Map<string, number>();
  readonly #seconds: { second: number; packets: number }[] = [];

  /** Starts at 0. */
  constructor(readonly timers: Timers) {}

  /** Counts one answered packet: `fulfilled`, or the code of the refusal. */
  count(code: string): void {
    const known = this.#byCode.has(code) || this.#byCode.size < MAX_CODES ? code : "other";
    this.#byCode.set(known, (this.#byCode.get(known) ?? 0) + 1);
    const second = Math.floor(this.timers.now() / 1_000);
    const last = this.#seconds.at(-1);
    if (last?.second === second) last.packets += 1;
    else this.#seconds.push({ second, packets: 1 });
    if (this.#seconds.length > SECONDS + 1) this.#seconds.shift();
  }

  /** The number of packets by outcome. */
  get outcomes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#byCode].toSorted(([a], [b]) => a < b ? -1 : 1));
  }

  /** The average of the last ten full seconds. The current second does not count. */
  get packetsPerSecond(): number {
    const now = Math.floor(this.timers.now() / 1_000);
    const recent = this.#seconds.filter(({ second }) => second < now && second >= now - SECONDS);
    return recent.reduce((sum, { packets }) => sum + packets, 0) / SECONDS;
  }
}
