/**
 * Follows jobs in the background, so that a job whose client only polls goes on also in a home without a daemon. At most 16 jobs are
 * followed at once. Of a further job, each poll asks for news.
 *
 * @module
 */

/** Follows one job to its end. Resolves also when it stops earlier. */
type Follow = (jobId: string, signal: AbortSignal) => Promise<unknown>;

/** The jobs that are followed now. See the module. */
export class JobFollowers {
  readonly #follow: Follow;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();

  /** Follows nothing before the first call of `follow`. */
  constructor(follow: Follow) {
    this.#follow = follow;
  }

  /** Follows this job, unless it is followed already, or 16 others are. A failure ends it; the next call begins again. */
  follow(jobId: string): void {
    const { aborted } = this.#stop.signal;
    if (aborted || this.#running.has(jobId) || this.#running.size >= MAX_FOLLOWED) return;
    const running = this.#follow(jobId, this.#stop.signal).then(() => undefined, () => undefined)
      .finally(() => this.#running.delete(jobId));
    this.#running.set(jobId, running);
  }

  /** Stops to follow, and waits until nothing runs any more. The jobs themselves go on. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }
}

/** Each follower is a command that is at work. */
const MAX_FOLLOWED = 16;
