/**
 * What a relay counts of itself.
 *
 * @module
 */

/** Counts by reason. */
type Reasons = Readonly<Record<string, number>>;

/** Figures since the relay was started. */
export interface RelayFigures {
  /** Events that were stored or, if ephemeral, passed on. */
  readonly written: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly refusedByReason: Reasons;
  /** Connections that were dropped. */
  readonly dropped: number;
  readonly droppedByReason: Reasons;
  /** Messages of clients. */
  readonly received: number;
  readonly receivedBytes: number;
  /** Messages to clients. */
  readonly sent: number;
  readonly sentBytes: number;
  /** Events written a second, over the last ten. */
  readonly writtenPerSecond: number;
}

const WINDOW_S = 10;

/** The counters of one relay. */
export class FigureBook {
  readonly #clock: () => number;
  readonly #counts = {
    written: 0,
    duplicates: 0,
    refused: 0,
    dropped: 0,
    received: 0,
    receivedBytes: 0,
    sent: 0,
    sentBytes: 0,
  };
  readonly #refused = new Map<string, number>();
  readonly #dropped = new Map<string, number>();
  /** Writes by second; those of the last ten. */
  readonly #seconds = new Map<number, number>();

  /** All zero. The clock tells milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** An event was taken in. */
  wrote(): void {
    this.#counts.written++;
    const second = Math.floor(this.#clock() / 1_000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + 1);
    if (this.#seconds.size > WINDOW_S) this.#seconds.delete(this.#seconds.keys().next().value!);
  }

  /** An event was here already. */
  duplicate(): void {
    this.#counts.duplicates++;
  }

  /** An event was refused. The reasons are codes of ours, so their number is bounded. */
  refused(code: string): void {
    this.#counts.refused++;
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** A connection was dropped. */
  dropped(reason: string): void {
    this.#counts.dropped++;
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  /** A client's message came. */
  received(bytes: number): void {
    this.#counts.received++;
    this.#counts.receivedBytes += bytes;
  }

  /** A message went out. */
  sent(bytes: number): void {
    this.#counts.sent++;
    this.#counts.sentBytes += bytes;
  }

  /** All of them now. */
  now(): RelayFigures {
    const sinceS = Math.floor(this.#clock() / 1_000) - WINDOW_S;
    let recent = 0;
    for (const [second, count] of this.#seconds) if (second >= sinceS) recent += count;
    return {
      ...this.#counts,
      refusedByReason: Object.fromEntries(this.#refused),
      droppedByReason: Object.fromEntries(this.#dropped),
      writtenPerSecond: recent / WINDOW_S,
    };
  }
}
