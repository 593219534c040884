/** Which parts of two answers are compared, and which may differ between honest providers. */
import assert from "node:assert/strict";
import { answerMark, markOf } from "../../market/answer_mark.ts";
import { type AnswerMark, groupOfMark, misfitOfComparator } from "../../market/comparators.ts";
import { type Comparator, COMPARATORS } from "../../store/verification_row.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { PROVIDER, signed } from "./market.ts";

const result = (kind: number, content: string, compare?: Comparator) =>
  answerMark(
    kind - 1000,
    encodeToon(signed({ kind, created_at: 1_770_000_000, tags: [], content }, PROVIDER), "1.4"),
    compare,
  );
const sameMark = (a: AnswerMark, b: AnswerMark) => groupOfMark(a) === groupOfMark(b);
const ci = (fields: Record<string, unknown>, compare?: Comparator) =>
  result(6601, JSON.stringify(fields), compare);

Deno.test("answerMark() of a command is its exit code and test counts, whatever its log, time and artifacts say", () => {
  const tests = { passed: 2, failed: 1, total: 3 };
  const one = ci({ exit_code: 1, tests, log: "took 3 ms" });
  assert.deepEqual(one, { exit_code: 1, tests });
  assert.ok(
    sameMark(
      one,
      ci({ log: "took 9 ms", tests: { total: 3, failed: 1, passed: 2 }, exit_code: 1 }),
    ),
  );
  for (
    const other of [
      { exit_code: 0, tests },
      { exit_code: 1 },
      { exit_code: 1, tests: { passed: 3, failed: 0, total: 3 } },
      { exit_code: 1, tests, stopped_by: "memory" },
    ]
  ) assert.ok(!sameMark(one, ci(other)), JSON.stringify(other));
});

Deno.test("answerMark() of any other kind is the hash of its content", () => {
  const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.deepEqual(result(6600, "abc"), { sha256: hash });
  assert.ok(!sameMark(result(6600, "abc"), result(6600, "abc ")));
});

Deno.test("answerMark() refuses a document that is none of its kind", () => {
  assert.throws(() => result(6601, "no JSON"), { name: "ResultContentError" });
  assert.throws(() => ci({ exit_code: 999 }), { name: "ResultContentError" });
});

Deno.test("answerMark() by exit code leaves out the test counts, and says what stopped the command", () => {
  const tests = { passed: 2, failed: 1, total: 3 };
  assert.deepEqual(ci({ exit_code: 1, tests }, "exit"), { exit_code: 1 });
  assert.ok(sameMark(ci({ exit_code: 1, tests }, "exit"), ci({ exit_code: 1 }, "exit")));
  assert.ok(!sameMark(ci({ exit_code: 1 }, "exit"), ci({ exit_code: 0 }, "exit")));
  assert.ok(
    !sameMark(ci({ exit_code: 1, stopped_by: "memory" }, "exit"), ci({ exit_code: 1 }, "exit")),
  );
});

Deno.test("answerMark() by JSON does not look at white space and the order of keys, and at nothing else less", () => {
  const mark = (content: string) => result(6600, content, "json");
  const one = mark('{"a":1,"b":[1,{"c":"x","d":null}]}');
  for (
    const same of [
      '{ "b": [1, {"d": null, "c": "x"}], "a": 1 }\n',
      '{"a":1.0,"b":[1,{"c":"\\u0078","d":null}]}',
    ]
  ) assert.deepEqual(mark(same), one, same);
  for (
    const other of [
      '{"a":2,"b":[1,{"c":"x","d":null}]}',
      '{"a":1,"b":[{"c":"x","d":null},1]}',
      '{"a":"1","b":[1,{"c":"x","d":null}]}',
      '{"a":1,"b":[1,{"c":"x"}]}',
      '{"a":1,"b":[1,{"c":"x","d":null}],"__proto__":1}',
      "",
    ]
  ) assert.ok(!sameMark(mark(other), one), other);
  assert.ok(!sameMark(mark('{"__proto__":{"a":1}}'), mark('{"__proto__":{"a":2}}')));
  // What is no JSON, or too deep, is compared as it came.
  for (const text of ["no JSON", '{"a":1,"a":1}', "[".repeat(5_000)]) {
    assert.deepEqual(mark(text), result(6600, text), text.slice(0, 20));
  }
});

Deno.test("answerMark() of a content that is an encrypted blob is the hash of its plain bytes, which is that of the same content in an event", () => {
  const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const blob = (letter: string, more: readonly string[]) => ({
    content: "",
    tags: [[
      "imeta",
      `url https://blobs.example/${letter.repeat(64)}`,
      `x ${letter.repeat(64)}`,
      "size 31",
      "name result",
      ...more,
    ]],
  });
  const key = "key QUJD";
  for (const letter of ["1", "2"]) {
    assert.deepEqual(markOf(5600, blob(letter, [`ox ${hash}`, key])), result(6600, "abc"));
  }
  // Without the key it is no encrypted blob, and its own hash counts.
  for (const more of [[], [key], [`ox ${hash}`]]) {
    assert.deepEqual(markOf(5600, blob("1", more)), { sha256: "1".repeat(64) });
  }
  for (
    const wrong of [[`ox ${hash.toUpperCase()}`, key], ["ox ", key], [`ox ${hash}`, `ox ${hash}`]]
  ) assert.throws(() => markOf(5600, blob("1", wrong)), { name: "ResultContentError" });
});

Deno.test("answerMark() for a skill that judges is the hash of the content, whatever its kind", () => {
  const content = JSON.stringify({ exit_code: 0, log: "took 3 ms" });
  assert.deepEqual(result(6601, content, "skill"), result(6600, content));
  assert.equal(groupOfMark(null), null);
});

Deno.test("misfitOfComparator() refuses to compare what answers of a kind do not have", () => {
  for (
    const [kind, fitting] of [
      [5600, ["kind", "json", "skill"]],
      [5601, ["kind", "exit", "skill"]],
      [5602, ["kind", "exit", "digest", "skill"]],
    ] as const
  ) {
    const fits = COMPARATORS.filter((each) => misfitOfComparator(kind, each) === null);
    assert.deepEqual(fits, fitting, String(kind));
  }
});
