/** A judge that fails on one answer still gives a verdict about the others. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeInput } from "../../market/judge_input.ts";
import { groupsOfParts, keepsGroups, mayBeAnAnswer, partsOf } from "../../market/judge_parts.ts";

const REQUEST = { kind: 5650, content: "", tags: [["i", "three", "text"]] };
const inputOf = (...texts: string[]) =>
  judgeInput(REQUEST, texts.map((content) => ({ content, tags: [] })));
const documentOf = (bytes: Uint8Array | null) => JSON.parse(new TextDecoder().decode(bytes!));

/** Asks a judge about the parts. It says whether two texts are equal, or null if it fails on them. */
function grouped(
  texts: readonly string[],
  judge: (one: string, other: string) => boolean | null,
): string[][] | null {
  const input = inputOf(...texts);
  const said = partsOf(input).map(({ bytes, hashes }) => {
    const { answers: [one, other] } = documentOf(bytes);
    const is = judge(one, other ?? one);
    return is === null ? null : is || other === undefined ? [[...hashes]] : hashes.map((h) => [h]);
  });
  const textOf = new Map(
    input.hashes.map((hash, at) => [hash, documentOf(input.bytes).answers[at]]),
  );
  return groupsOfParts(input, said)?.map((group) => group.map((hash) => textOf.get(hash)!).sort())
    .sort((one, other) => other.length - one.length || (one.join() < other.join() ? -1 : 1)) ??
    null;
}

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

Deno.test("groupsOfParts(): two honest answers agree though the judge fails on the third", () => {
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

Deno.test("groupsOfParts(): of two answers the one is not equal on which the judge fails alone", () => {
  assert.deepEqual(grouped(["a1", "crash"], failingOn("crash")), [["a1"], ["crash"]]);
});

Deno.test("groupsOfParts() says nothing if the judge fails on everything, or only on two together", () => {
  assert.equal(grouped(["a1", "a2", "a3"], () => null), null);
  assert.equal(grouped(["a1", "a2"], () => null), null);
  assert.equal(grouped(["a1", "a2"], (one, other) => one === other ? true : null), null);
});

Deno.test("groupsOfParts() keeps large answers each in a group of its own", () => {
  const [a, b, c, big] = ["a", "b", "c", "d"].map((letter) => letter.repeat(64));
  assert.deepEqual(
    groupsOfParts({ hashes: [a, b, c], large: [big] }, [[[a, b]], null, null]),
    [[a, b], [c], [big]],
  );
});

Deno.test("groupsOfParts(): a judge that is not transitive makes no group with two answers that it calls different", () => {
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

Deno.test("groupsOfParts() names each answer once, and groups only what the judge called equal", () => {
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
      const groups = grouped(texts, verdict);
      if (said.every((each) => each === null)) return assert.equal(groups, null);
      assert.deepEqual(groups!.flat().sort(), texts);
      for (const group of groups!) {
        for (const one of group) {
          for (const other of group) if (one !== other) assert.equal(verdict(one, other), true);
        }
      }
    },
  ));
});

Deno.test("groupsOfParts() keeps the groups of an earlier verdict, and other answers only join them", () => {
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
  assert.deepEqual(groupsOfParts({ hashes, large: [e] }, said, [[a, b]]), [[a, b], [c, d], [e]]);
  assert.deepEqual(groupsOfParts({ hashes, large: [e] }, said, [[e], [a]]), [[e], [a, c, d], [b]]);
});

Deno.test("keepsGroups() takes only verdicts that add answers to groups", () => {
  const kept = [["a", "b"], ["c"]];
  for (
    const groups of [[["c"], ["b", "a"]], [["d", "c"], ["a", "b"]], [["d"], ["c"], ["a", "b", "e"]]]
  ) {
    assert.ok(keepsGroups(kept, groups), JSON.stringify(groups));
  }
  for (
    const groups of [[["a", "b", "c"]], [["a"], ["b"], ["c"]], [["a", "b"]], [["a", "c"], ["b"]]]
  ) {
    assert.ok(!keepsGroups(kept, groups), JSON.stringify(groups));
  }
});

Deno.test("mayBeAnAnswer() excludes what no answer can cause", () => {
  for (const code of ["skill_failed", "timeout", "bad_verdict"]) assert.ok(mayBeAnAnswer(code));
  for (const code of ["changed", "judge_changed", "cannot_run", "cancelled", "unknown_skill"]) {
    assert.ok(!mayBeAnAnswer(code));
  }
});
