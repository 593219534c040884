/**
 * Judges which answers are equal as JSON. Standard input is `{"format":"crosstown-judge/1","request":{...},"answers":["...", ...]}`; standard
 * output is `{"groups":[[0,2],[1]]}`, with the position of each answer exactly once.
 *
 * Strangers wrote the answers, so none of them may make the judge fail: what it cannot compare gets a group of its own.
 *
 * @module
 */

/** Two numbers are equal if they differ by at most this part of the larger one. */
const TOLERANCE = 0.001;
/** A deeper answer is not compared. */
const MAX_DEPTH = 64;

/** A value that is equal to nothing. */
const INCOMPARABLE = Symbol();

const { answers } = await new Response(Deno.stdin.readable).json() as {
  readonly answers: readonly string[];
};
const values = answers.map(read);
const groups: number[][] = [];
for (const at of answers.keys()) {
  // Similar to each of them: else two answers of a group could differ by twice the tolerance.
  const group = groups.find((each) => each.every((other) => areSimilar(values[other], values[at])));
  if (group === undefined) groups.push([at]);
  else group.push(at);
}
console.log(JSON.stringify({ groups }));

function read(answer: string): unknown {
  try {
    const value: unknown = JSON.parse(answer);
    // Two readers of a key that occurs twice could see two different answers.
    const written = answer.replace(/"(?:[^"\\]|\\.)*"/gs, "").split(":").length - 1;
    return written === keysIn(value, 0) ? value : INCOMPARABLE;
  } catch {
    return INCOMPARABLE;
  }
}

/** The number of keys of all objects in a value; NaN if it is too deep. */
function keysIn(value: unknown, depth: number): number {
  if (depth > MAX_DEPTH) return NaN;
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, each) => sum + keysIn(each, depth + 1), own);
}

function areSimilar(one: unknown, other: unknown): boolean {
  if (one === INCOMPARABLE || other === INCOMPARABLE) return false;
  if (typeof one === "number" && typeof other === "number") {
    if (!Number.isFinite(one) || !Number.isFinite(other)) return false;
    return Math.abs(one - other) <= TOLERANCE * Math.max(Math.abs(one), Math.abs(other));
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return one === other;
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length &&
    keys.every((key) =>
      Object.hasOwn(other, key) &&
      areSimilar(one[key as keyof typeof one], other[key as keyof typeof other])
    );
}
