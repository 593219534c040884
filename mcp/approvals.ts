/**
 * The questions that a person was asked, so that an answer counts for its own question alone, and once. The client sends the answer with a
 * repeated call, and could otherwise send one that nobody was asked for, or an earlier one with another order.
 *
 * Held: at most 64 questions, for ten minutes each. A question that was dropped is asked again.
 *
 * @module
 */

const MAX_OPEN = 64;
const MAX_AGE_MS = 600_000;

interface OpenQuestion {
  readonly subject: string;
  readonly askedAtMs: number;
}

/** The open questions of a session. See the module. */
export class Approvals {
  readonly #clock: () => number;
  /** By the state that the client returns with the answer, the oldest first. */
  readonly #open = new Map<string, OpenQuestion>();

  /** Asks nothing before the first call. */
  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** Notes that a question is asked about a subject. Returns the state that its answer must bring. */
  ask(subject: string): string {
    const state = crypto.randomUUID();
    this.#open.set(state, { subject, askedAtMs: this.#clock() });
    const [oldest] = this.#open.keys();
    if (this.#open.size > MAX_OPEN) this.#open.delete(oldest);
    return state;
  }

  /** Whether this state is of a question about this subject that is still open. The question is then closed. */
  close(state: unknown, subject: string): boolean {
    const asked = typeof state === "string" ? this.#open.get(state) : undefined;
    if (asked === undefined || asked.subject !== subject) return false;
    this.#open.delete(state as string);
    return this.#clock() - asked.askedAtMs <= MAX_AGE_MS;
  }
}
