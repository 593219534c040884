/** Which parts of two answers are compared, and which may differ between honest providers. */
import assert from "node:assert/strict";
import { answerMark, sameMark } from "../../market/answer_mark.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { PROVIDER, signed } from "./market.ts";

const result = (kind: number, content: string, tags: string[][] = []) =>
  answerMark(
    kind - 1000,
    encodeToon(signed({ kind, created_at: 1_770_000_000, tags, content }, PROVIDER), "1.4"),
  );
const ci = (fields: Record<string, unknown>) => result(6601, JSON.stringify(fields));

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
