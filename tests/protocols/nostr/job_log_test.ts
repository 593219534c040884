import assert from "node:assert/strict";
import {
  formatJobLogAnswer,
  type JobLogAnswer,
  MAX_LOG_PIECES,
  parseJobLogAnswer,
} from "../../../protocols/nostr/job_log.ts";

const piece = (offset: number, sizeBytes: number) => ({
  offset,
  sizeBytes,
  deflated: new Uint8Array([1, 2, 3]),
});

Deno.test("parseJobLogAnswer() reads what was written: no piece, one to the end, many in order", () => {
  const many = Array.from({ length: MAX_LOG_PIECES }, (_, at) => piece(5 + at * 10, 10));
  const answers: readonly JobLogAnswer[] = [
    { pieces: [], endBytes: 0, ended: false },
    { pieces: [piece(0, 1)], endBytes: 1, ended: true },
    { pieces: [piece(0, 1 << 20)], endBytes: 1 << 21, ended: false },
    { pieces: many, endBytes: 5 + MAX_LOG_PIECES * 10, ended: true },
  ];
  for (const answer of answers) {
    assert.deepEqual(parseJobLogAnswer(formatJobLogAnswer(answer)), answer);
  }
});

for (
  const { name, text, why } of [
    { name: "no JSON", text: "{", why: /not JSON/ },
    { name: "null", text: "null", why: /pieces/ },
    { name: "no end", text: '{"pieces":[]}', why: /end must be/ },
    { name: "an end below 0", text: '{"pieces":[],"end":-1}', why: /end must be/ },
    { name: "an end as text", text: '{"pieces":[],"end":"1"}', why: /end must be/ },
    { name: "a piece beyond the end", text: '{"pieces":[[0,2,"AA=="]],"end":1}', why: /beyond/ },
    { name: "a later piece beyond it", text: '{"pieces":[[9,2,"AA=="]],"end":10}', why: /beyond/ },
    {
      name: "a gap",
      text: '{"pieces":[[0,1,"AA=="],[2,1,"AA=="]],"end":9}',
      why: /follow each other/,
    },
    {
      name: "pieces that overlap",
      text: '{"pieces":[[0,2,"AA=="],[1,1,"AA=="]],"end":9}',
      why: /follow each other/,
    },
    {
      name: "an empty piece",
      text: '{"pieces":[[0,0,"AA=="]],"end":9}',
      why: /offset and its length/,
    },
    {
      name: "a piece above 1 MiB",
      text: '{"pieces":[[0,1048577,"AA=="]],"end":9999999}',
      why: /offset and its length/,
    },
    {
      name: "a piece that is no list",
      text: '{"pieces":[{}],"end":9}',
      why: /offset and its length/,
    },
    { name: "a piece in no base64", text: '{"pieces":[[0,1,"-"]],"end":9}', why: /base64/ },
    { name: "a piece without bytes", text: '{"pieces":[[0,1]],"end":9}', why: /base64/ },
    {
      name: "65 pieces",
      text: JSON.stringify({
        pieces: Array.from({ length: 65 }, (_, at) => [at, 1, "AA=="]),
        end: 65,
      }),
      why: /short list/,
    },
    { name: "a key twice", text: '{"pieces":[],"end":1,"end":2}', why: /not JSON/ },
    {
      name: "more than 64 KiB",
      text: `{"pieces":[],"end":1,"x":"${"x".repeat(65_536)}"}`,
      why: /not JSON/,
    },
  ]
) {
  Deno.test(`parseJobLogAnswer() refuses ${name}`, () => {
    assert.throws(() => parseJobLogAnswer(text), (error: Error & { code?: string }) => {
      assert.equal(error.code, "malformed_log");
      assert.match(error.message, why);
      return true;
    });
  });
}
