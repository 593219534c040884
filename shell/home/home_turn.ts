/**
 * How long a command waits for its turn at a home. Each process that holds the home in the meantime has its own time: on a busy machine
 * many commands wait for each other, and a queue that moves is waited for; one process that holds the home and serves nobody is not.
 *
 * @module
 */

/** A holder serves others as soon as its workers are there, which takes a busy machine some 10 s. */
const HOLDER_MS = 30_000;
/** Who waits this long is told for whom. */
const TELL_MS = 3_000;

/** One command's wait. */
export class HomeTurn {
  readonly #clock: () => number;
  readonly #tell: (holder: string) => void;
  #holder: string | null = null;
  #sinceMs: number;
  readonly #holderMs: number;
  #told = false;

  /** `tell` is called once, when somebody is waited for longer than a moment. */
  constructor(clock: () => number, tell: (holder: string) => void, holderMs = HOLDER_MS) {
    this.#holderMs = holderMs;
    this.#clock = clock;
    this.#tell = tell;
    this.#sinceMs = clock();
  }

  /** Notes who holds the home now, as the lock's file names it; null for nobody. */
  see(holder: string | null): void {
    if (holder === null) return;
    if (this.#holder !== null && holder !== this.#holder) this.#sinceMs = this.#clock();
    this.#holder = holder;
    if (this.#told || this.waitedMs < TELL_MS) return;
    this.#told = true;
    this.#tell(holder);
  }

  /** How long the holder of now is waited for. */
  get waitedMs(): number {
    return this.#clock() - this.#sinceMs;
  }

  /** How much longer; 0 when it is enough. */
  get leftMs(): number {
    return Math.max(0, this.#holderMs - this.waitedMs);
  }
}
