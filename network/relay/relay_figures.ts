/**
 * The counters of a relay.
 *
 * @module
 */

/** Counts by reason. */
type Reasons = Readonly<Record<string, number>>;

/** Figures since the start of the relay. */
export interface RelayFigures {
  /** Events that were stored or, if ephemeral, passed on. */
  readonly written: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly refusedByReason: Reasons;
  /** Connections that were dropped. */
  readonly dropped: number;
  readonly droppedByReason: Reasons;
  /** Messages from clients. */
  readonly received: number;
  readonly receivedBytes: number;
  /** Messages to clients. */
  readonly sent: number;
  readonly sentBytes: number;
  /** Events written per second, on average over the last ten seconds. */
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
  /** The number of writes in each of the last ten seconds. */
  readonly #seconds = new Map<number, number>();

  /** Starts at 0. The clock returns milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** An event was stored or passed on. */
  wrote(): void {
    this.#counts.written++;
    const second = Math.floor(this.#clock() / 1_000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + 1);
    if (this.#seconds.size > WINDOW_S) this.#seconds.delete(this.#seconds.keys().next().value!);
  }

  /** An event was a duplicate. */
  duplicate(): void {
    this.#counts.duplicates++;
  }

  /** An event was refused. The reasons are our own codes, so their number is limited. */
  refused(code: string): void {
    this.#counts.refused++;
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** A connection was dropped. */
  dropped(reason: string): void {
    this.#counts.dropped++;
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  /** A message of a client arrived. */
  received(bytes: number): void {
    this.#counts.received++;
    this.#counts.receivedBytes += bytes;
  }

  /** A message was sent. */
  sent(bytes: number): void {
    this.#counts.sent++;
    this.#counts.sentBytes += bytes;
  }

  /** All figures now. */
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
