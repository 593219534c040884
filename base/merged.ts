/**
 * Merges calls of a function over lists that are made in the same turn, as by items of one batch that are processed side by side. Between
 * workers, each call costs a message in each direction, whether its list has one item or many.
 *
 * Held: the calls of one turn.
 *
 * @module
 */

/** A call that waits for the end of the turn. */
interface Waiting<Asked, Answer> extends PromiseWithResolvers<Answer[]> {
  readonly asked: readonly Asked[];
}

/**
 * The same function, asked once for all calls that are made before the microtasks of this turn have run, with at most `most` items at a
 * time. If that is refused, or has another number of answers, each call is made alone, so that a wrong item fails only its own caller.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { merged } from "./merged.ts";
 *
 * const asked: number[][] = [];
 * const doubled = merged((all: readonly number[]) => {
 *   asked.push([...all]);
 *   return Promise.resolve(all.map((each) => each * 2));
 * }, 64);
 * assert.deepEqual(await Promise.all([doubled([1]), doubled([2, 3])]), [[2], [4, 6]]);
 * assert.deepEqual(asked, [[1, 2, 3]]);
 * ```
 */
export function merged<Asked, Answer>(
  ask: (all: readonly Asked[]) => Promise<Answer[]>,
  most: number,
): (asked: readonly Asked[]) => Promise<Answer[]> {
  let waiting: Waiting<Asked, Answer>[] = [];
  let size = 0;

  const alone = ({ asked, resolve, reject }: Waiting<Asked, Answer>) =>
    ask(asked).then(resolve, reject);

  const flush = () => {
    const calls = waiting;
    waiting = [];
    size = 0;
    if (calls.length <= 1) return calls.forEach(alone);
    const all = calls.flatMap(({ asked }) => asked);
    ask(all).then((answers) => {
      if (answers.length !== all.length) return calls.forEach(alone);
      let at = 0;
      for (const { asked, resolve } of calls) resolve(answers.slice(at, at += asked.length));
    }, () => calls.forEach(alone));
  };

  return (asked) => {
    if (size + asked.length > most) flush();
    const call = { asked, ...Promise.withResolvers<Answer[]>() };
    waiting.push(call);
    size += asked.length;
    if (waiting.length === 1) queueMicrotask(flush);
    return call.promise;
  };
}
