/**
 * How long a command waits until it can use a home. Each process that holds the home in the meantime gets its own limit. So on a busy
 * machine a command waits while the queue moves, but not for one process that holds the home without serving it.
 *
 * @module
 */

/**
 * The limit for one holder, in milliseconds. A holder serves others once its workers have started, which takes about 10 s on a busy
 * machine.
 */
const HOLDER_MS = 30_000;
/** After this wait, in milliseconds, the user is told which process the command waits for. */
const TELL_MS = 3_000;

/** One command's wait. */
export class HomeTurn {
  readonly #clock: () => number;
  readonly #tell: (holder: string) => void;
  #holder: string | null = null;
  #sinceMs: number;
  readonly #holderMs: number;
  #told = false;

  /** `tell` is called once, after a longer wait. */
  constructor(clock: () => number, tell: (holder: string) => void, holderMs = HOLDER_MS) {
    this.#holderMs = holderMs;
    this.#clock = clock;
    this.#tell = tell;
    this.#sinceMs = clock();
  }

  /** Records the process that the lock's file names; null if nobody holds the home. */
  see(holder: string | null): void {
    if (holder === null) return;
    if (this.#holder !== null && holder !== this.#holder) this.#sinceMs = this.#clock();
    this.#holder = holder;
    if (this.#told || this.waitedMs < TELL_MS) return;
    this.#told = true;
    this.#tell(holder);
  }

  /** How long the command has waited for the present holder, in milliseconds. */
  get waitedMs(): number {
    return this.#clock() - this.#sinceMs;
  }

  /** The rest of the limit in milliseconds; 0 when it is over. */
  get leftMs(): number {
    return Math.max(0, this.#holderMs - this.waitedMs);
  }
}
