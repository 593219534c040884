/**
 * Limits how often messages run a skill. Messages are not paid for, and anybody who may write to a relay can send any number of them. Held:
 * a bucket for each pair of author and skill, at most the 1,000 that were used last, and one for each skill.
 *
 * @module
 */
import { RateLimit } from "../base/rate_limit.ts";

/** For one author and skill: 20 messages at once, then one every ten seconds. */
const OF_AUTHOR = { burst: 20, perSecond: 0.1 } as const;
/** For all authors of a skill together. */
const OF_SKILL = { burst: 60, perSecond: 1 } as const;
const MAX_AUTHORS = 1_000;

/** The limits of one home. */
export class MessageRate {
  readonly #authors = new Map<string, RateLimit>();
  readonly #skills = new Map<string, RateLimit>();

  /**
   * Whether a message of this author may run the skill now. A message above its author's limit does not count against the limit of all
   * authors.
   */
  take(skill: string, author: string, nowMs: number): boolean {
    const key = `${author} ${skill}`;
    const ofAuthor = this.#authors.get(key) ?? new RateLimit(OF_AUTHOR.burst, OF_AUTHOR.perSecond);
    this.#authors.delete(key);
    this.#authors.set(key, ofAuthor);
    if (this.#authors.size > MAX_AUTHORS) {
      const [oldest] = this.#authors.keys();
      this.#authors.delete(oldest);
    }
    if (!ofAuthor.take(nowMs)) return false;
    let ofSkill = this.#skills.get(skill);
    if (ofSkill === undefined) {
      ofSkill = new RateLimit(OF_SKILL.burst, OF_SKILL.perSecond);
      this.#skills.set(skill, ofSkill);
    }
    return ofSkill.take(nowMs);
  }
}
