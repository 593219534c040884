/** A judge that fails on one answer still gives a verdict about the others. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeInput } from "../../market/judge_input.ts";
import {
  judgementOfParts,
  judgementOfWhole,
  mayBeAnAnswer,
  partsOf,
} from "../../market/judge_parts.ts";
import { keepsJudgement } from "../../store/judgement.ts";

const REQUEST = { kind: 5650, content: "", tags: [["i", "three", "text"]] };
const inputOf = (...texts: string[]) =>
  judgeInput(REQUEST, texts.map((content) => ({ content, tags: [] })));
const documentOf = (bytes: Uint8Array | null) => JSON.parse(new TextDecoder().decode(bytes!));

/**
 * Asks a judge about the parts. It says whether two texts are equal, or null if it fails on them. Returns the groups, the largest first, and
 * the pairs that are undecided.
 */
function judgedInParts(
  texts: readonly string[],
  judge: (one: string, other: string) => boolean | null,
): { readonly groups: string[][]; readonly undecided: string[] } | null {
  const input = inputOf(...texts);
  const said = partsOf(input).map(({ bytes, hashes }) => {
    const { answers: [one, other] } = documentOf(bytes);
    const is = judge(one, other ?? one);
    return is === null ? null : is || other === undefined ? [[...hashes]] : hashes.map((h) => [h]);
  });
  const textOf = new Map(
    input.hashes.map((hash, at) => [hash, documentOf(input.bytes).answers[at]]),
  );
  const found = judgementOfParts(input, said);
  if (found === null) return null;
  const named = (groups: readonly (readonly string[])[]) =>
    groups.map((group) => group.map((hash) => textOf.get(hash)!).sort());
  return {
    groups: named(found.groups)
      .sort((one, other) => other.length - one.length || (one.join() < other.join() ? -1 : 1)),
    undecided: named(found.undecided).map((pair) => pair.join()).sort(),
  };
}
const grouped = (...asked: Parameters<typeof judgedInParts>) =>
  judgedInParts(...asked)?.groups ?? null;

const byFirst = (one: string, other: string) => one[0] === other[0];
const failingOn = (word: string, judge = byFirst) => (one: string, other: string) =>
  one.includes(word) || other.includes(word) ? null : judge(one, other);

Deno.test("partsOf() makes each pair of an input, and each answer alone of two", () => {
  const texts = (input: ReturnType<typeof inputOf>) =>
    partsOf(input).map(({ bytes, hashes }) => {
      const { format, request, answers } = documentOf(bytes);
      assert.deepEqual({ format, request }, {
        format: "crosstown-judge/1",
        request: REQUEST,
      });
      assert.deepEqual(inputOf(...answers).hashes, hashes);
      assert.deepEqual(inputOf(...answers).bytes, bytes);
      return answers.toSorted().join();
    }).sort();
  assert.deepEqual(texts(inputOf("a", "b", "c")), ["a,b", "a,c", "b,c"]);
  assert.deepEqual(texts(inputOf("a", "b")), ["a", "b"]);
  assert.deepEqual(texts(inputOf("a")), []);
  assert.deepEqual(partsOf({ bytes: null, hashes: [], large: ["1".repeat(64)] }), []);
});

Deno.test("judgementOfParts(): two honest answers agree though the judge fails on the third", () => {
  assert.deepEqual(grouped(["a1", "a2", "crash"], failingOn("crash")), [["a1", "a2"], ["crash"]]);
  assert.deepEqual(grouped(["a1", "b2", "crash"], failingOn("crash")), [["a1"], ["b2"], ["crash"]]);
  const nine = ["a1", "a2", "a3", "a4", "a5", "b1", "crash1", "crash2", "crash3"];
  assert.deepEqual(grouped(nine, failingOn("crash")), [
    ["a1", "a2", "a3", "a4", "a5"],
    ["b1"],
    ["crash1"],
    ["crash2"],
    ["crash3"],
  ]);
});

Deno.test("judgementOfParts(): of two answers the one is not equal on which the judge fails alone", () => {
  assert.deepEqual(grouped(["a1", "crash"], failingOn("crash")), [["a1"], ["crash"]]);
});

Deno.test("judgementOfParts(): a pair on which the judge fails is undecided, and so is one that it calls equal in different groups", () => {
  const undecided = (...asked: Parameters<typeof judgedInParts>) =>
    judgedInParts(...asked)!.undecided;
  assert.deepEqual(undecided(["a1", "crash"], failingOn("crash")), ["a1,crash"]);
  assert.deepEqual(undecided(["a1", "a2", "crash"], failingOn("crash")), ["a1,crash", "a2,crash"]);
  assert.deepEqual(undecided(["a1", "b2", "c3"], byFirst), []);
  // It fails on crash only beside a1: b2 differs from crash.
  const once = (one: string, other: string) => one + other === "a1crash" ? null : false;
  assert.deepEqual(
    undecided(
      ["a1", "b2", "crash"],
      (one, other) => once(...[one, other].sort() as [string, string]),
    ),
    ["a1,crash"],
  );
  const near = (one: string, other: string) =>
    Math.abs(one.charCodeAt(0) - other.charCodeAt(0)) < 2;
  assert.equal(undecided(["a", "b", "c"], near).length, 1);
});

Deno.test("judgementOfWhole(): a large answer is compared with no other one", () => {
  const [a, b, big] = ["a", "b", "c"].map((letter) => letter.repeat(64));
  assert.deepEqual(
    judgementOfWhole({ large: [big] }, [[a], [b], [big]]).undecided,
    [[a, big], [b, big]],
  );
  assert.deepEqual(judgementOfWhole({ large: [] }, [[a], [b]]).undecided, []);
});

Deno.test("judgementOfParts() says nothing if the judge fails on everything, or only on two together", () => {
  assert.equal(grouped(["a1", "a2", "a3"], () => null), null);
  assert.equal(grouped(["a1", "a2"], () => null), null);
  assert.equal(grouped(["a1", "a2"], (one, other) => one === other ? true : null), null);
});

Deno.test("judgementOfParts() keeps large answers each in a group of its own, compared with nothing", () => {
  const [a, b, c, big] = ["a", "b", "c", "d"].map((letter) => letter.repeat(64));
  assert.deepEqual(
    judgementOfParts({ hashes: [a, b, c], large: [big] }, [[[a, b]], null, null]),
    {
      groups: [[a, b], [c], [big]],
      undecided: [[a, c], [a, big], [b, c], [b, big], [c, big]],
    },
  );
});

Deno.test("judgementOfParts(): a judge that is not transitive makes no group with two answers that it calls different", () => {
  // b is near a and c, which are not near each other: the lower hashes are together.
  const near = (one: string, other: string) =>
    Math.abs(one.charCodeAt(0) - other.charCodeAt(0)) < 2;
  const groups = grouped(["a", "b", "c"], near)!;
  assert.deepEqual(groups.map(({ length }) => length), [2, 1]);
  assert.ok(groups[0].includes("b"));
  // The largest group wins, whatever the hashes are.
  assert.deepEqual(
    grouped(["a1", "a2", "a3", "z"], (one, other) => byFirst(one, other) || one + other === "za1"),
    [["a1", "a2", "a3"], ["z"]],
  );
});

Deno.test("judgementOfParts() names each answer once, and groups only what the judge called equal", () => {
  const texts = ["a", "b", "c", "d", "e"];
  const pairs = texts.flatMap((one, at) => texts.slice(at + 1).map((other) => one + other));
  fc.assert(fc.property(
    fc.array(fc.constantFrom(true, false, null), {
      minLength: pairs.length,
      maxLength: pairs.length,
    }),
    (said) => {
      const verdict = (one: string, other: string) =>
        said[pairs.indexOf([one, other].sort().join(""))];
      const found = judgedInParts(texts, verdict);
      if (said.every((each) => each === null)) return assert.equal(found, null);
      const { groups, undecided } = found!;
      assert.deepEqual(groups.flat().sort(), texts);
      for (const one of texts) {
        for (const other of texts.slice(texts.indexOf(one) + 1)) {
          const together = groups.some((group) => group.includes(one) && group.includes(other));
          const is = verdict(one, other);
          if (together) assert.equal(is, true);
          assert.equal(undecided.includes(`${one},${other}`), !together && is !== false);
        }
      }
    },
  ));
});

Deno.test("judgementOfParts() keeps the groups of an earlier verdict, and other answers only join them", () => {
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(64));
  const hashes = [a, b, c, d];
  const pair = (one: string, other: string, is: boolean) => is ? [[one, other]] : [[one], [other]];
  // a=b is kept, though the skill says now that c and d are equal to a, and not to b.
  const said = [
    pair(a, b, false),
    pair(a, c, true),
    pair(a, d, true),
    pair(b, c, false),
    null,
    pair(c, d, true),
  ];
  const groups = (...kept: string[][]) =>
    judgementOfParts({ hashes, large: [e] }, said, { groups: kept, undecided: [] })!.groups;
  assert.deepEqual(groups([a, b]), [[a, b], [c, d], [e]]);
  assert.deepEqual(groups([e], [a]), [[a, c, d], [b], [e]]);
  // What was undecided may be decided: c and d were alone, and are equal.
  const kept = { groups: [[a, b], [c], [d]], undecided: [[a, d], [b, d], [c, d]] };
  const found = judgementOfParts({ hashes, large: [] }, said, kept)!;
  assert.deepEqual(found.groups, [[a, b], [c, d]]);
  // c differs from a and b, as was said before; the skill fails on b and d, and calls a and d equal.
  assert.deepEqual(found.undecided, [[a, d], [b, d]]);
  assert.ok(keepsJudgement(kept, found));
});

Deno.test("keepsJudgement() takes only judgements that add answers, or decide what was undecided", () => {
  const kept = { groups: [["a", "b"], ["c"]], undecided: [] };
  const keepsGroups = (groups: string[][], undecided: string[][] = []) =>
    keepsJudgement(kept, { groups, undecided });
  for (
    const groups of [[["c"], ["b", "a"]], [["d", "c"], ["a", "b"]], [["d"], ["c"], ["a", "b", "e"]]]
  ) {
    assert.ok(keepsGroups(groups), JSON.stringify(groups));
  }
  for (
    const groups of [[["a", "b", "c"]], [["a"], ["b"], ["c"]], [["a", "b"]], [["a", "c"], ["b"]]]
  ) {
    assert.ok(!keepsGroups(groups), JSON.stringify(groups));
  }
  assert.ok(!keepsGroups(kept.groups, [["a", "c"]]));
  const open = { groups: [["a"], ["c"]], undecided: [["a", "c"]] };
  assert.ok(keepsJudgement(open, { groups: [["a", "c"]], undecided: [] }));
  assert.ok(keepsJudgement(open, { groups: [["a"], ["c"]], undecided: [] }));
  assert.ok(keepsJudgement(open, open));
});

Deno.test("mayBeAnAnswer() excludes what no answer can cause", () => {
  for (const code of ["skill_failed", "timeout", "bad_verdict"]) assert.ok(mayBeAnAnswer(code));
  for (const code of ["changed", "judge_changed", "cannot_run", "cancelled", "unknown_skill"]) {
    assert.ok(!mayBeAnAnswer(code));
  }
});
