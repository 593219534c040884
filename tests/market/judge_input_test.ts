/** What a judging skill gets, and which outputs are a verdict. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeInput, readVerdict } from "../../market/judge_input.ts";

const [BUYER, PROVIDER] = ["b".repeat(64), "a".repeat(64)];
const REQUEST = {
  kind: 5650,
  content: "",
  tags: [["i", "three", "text"], ["p", PROVIDER], ["expiration", "1770000000"], [
    "param",
    "x",
    "1",
  ]],
};
const answer = (content: string) => ({ content, tags: [["p", BUYER]] });
const large = (letter: string) => ({
  content: "",
  tags: [[
    "imeta",
    `url https://blobs.example/${letter.repeat(64)}`,
    `x ${letter.repeat(64)}`,
    "size 100000",
    "name result",
  ]],
});
const documentOf = (bytes: Uint8Array | null) => JSON.parse(new TextDecoder().decode(bytes!));

Deno.test("judgeInput() contains the request and each different answer once; who gave it and the order do not matter", () => {
  const one = judgeInput(REQUEST, [answer("x"), answer('{"groups":[[0,1]]}'), answer("x")]);
  const two = judgeInput(
    {
      ...REQUEST,
      tags: REQUEST.tags.map(([name, ...rest]) => name === "p" ? ["p", BUYER] : [name, ...rest]),
    },
    [answer('{"groups":[[0,1]]}'), answer("x")],
  );
  assert.deepEqual(one, two);
  const { format, request, answers } = documentOf(one.bytes);
  assert.equal(format, "crosstown-judge/1");
  assert.deepEqual(request, {
    kind: 5650,
    content: "",
    tags: [["i", "three", "text"], ["param", "x", "1"]],
  });
  assert.deepEqual(answers.toSorted(), ["x", '{"groups":[[0,1]]}']);
  const text = new TextDecoder().decode(one.bytes!);
  assert.ok(!text.includes(PROVIDER) && !text.includes(BUYER));
});

Deno.test("judgeInput() keeps every text as it is, and stays one JSON document", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 9 }), (texts) => {
    const { bytes, hashes } = judgeInput(REQUEST, texts.map(answer));
    if (texts.length === 0) return assert.equal(bytes, null);
    const { answers } = documentOf(bytes);
    assert.equal(answers.length, hashes.length);
    assert.deepEqual(answers.toSorted(), [...new Set(texts)].sort());
  }));
});

Deno.test("judgeInput() leaves out answers that are too large for an event: each is equal only to itself", () => {
  const input = judgeInput(REQUEST, [large("1"), answer("x"), large("2"), large("1")]);
  assert.deepEqual(documentOf(input.bytes).answers, ["x"]);
  assert.deepEqual(input.large, ["1".repeat(64), "2".repeat(64)]);
  assert.deepEqual(readVerdict('{"groups":[[0]]}', input), {
    groups: [[input.hashes[0]], ["1".repeat(64)], ["2".repeat(64)]],
  });
  assert.equal(judgeInput(REQUEST, [large("1"), large("2")]).bytes, null);
});

Deno.test("readVerdict() takes groups with each position once, and nothing else", () => {
  const hashes = ["0", "1", "2"].map((digit) => digit.repeat(64));
  const input = { bytes: new Uint8Array(), hashes, large: [] };
  const [a, b, c] = hashes;
  for (
    const [text, groups] of [
      ['{"groups":[[0,1,2]]}\n', [[a, b, c]]],
      [' { "groups" : [ [2] , [0, 1] ] } ', [[c], [a, b]]],
      ['{"groups":[[0],[1],[2.0]]}', [[a], [b], [c]]],
    ] as const
  ) assert.deepEqual(readVerdict(text, input), { groups }, text);
  for (
    const text of [
      "",
      "equal",
      "null",
      "[[0,1,2]]",
      "{}",
      '{"groups":null}',
      '{"groups":{}}',
      '{"groups":[0,1,2]}',
      '{"groups":[[0,1,2],[]]}',
      '{"groups":[[0,1]]}',
      '{"groups":[[0,1,2,3]]}',
      '{"groups":[[0,1,1]]}',
      '{"groups":[[0,1],[1,2]]}',
      '{"groups":[[0,1,-2]]}',
      '{"groups":[[0,1,0.5]]}',
      '{"groups":[["0","1","2"]]}',
      '{"groups":[[0,1,[2]]]}',
      '{"groups":[[0,1,null]]}',
      '{"groups":[[0,1,2]],"groups":[[0],[1],[2]]}',
      '{"groups":[[0,1,2]],"reason":"x"}',
      '{"__proto__":[[0,1,2]]}',
      '{"groups":[[0,1,2]]}{"groups":[[0,1,2]]}',
      '\ufeff{"groups":[[0,1,2]]}',
      `{"groups":${"[".repeat(4_000)}`,
      `${" ".repeat(5_000)}{"groups":[[0,1,2]]}`,
    ]
  ) assert.ok("fault" in readVerdict(text, input), text.slice(0, 60));
});
