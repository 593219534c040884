import assert from "node:assert/strict";
import { orderQuestion } from "../../mcp/order_question.ts";

const ORDER = { type: "ci-run", bidUnits: 190_000n };

Deno.test("orderQuestion() names what runs, what is sent, how it is paid and who may run it", () => {
  assert.equal(
    orderQuestion({
      ...ORDER,
      path: "project",
      params: { command: "sh test.sh" },
      payment: "metered",
      provider: "b8454959",
    }, "0.19 M2M"),
    "Buy a job of type ci-run for at most 0.19 M2M?\n" +
      "input: your file or folder project\n" +
      "command: sh test.sh\n" +
      "payment: metered\n" +
      "provider: b8454959",
  );
  assert.equal(
    orderQuestion(ORDER, "1 M2M"),
    "Buy a job of type ci-run for at most 1 M2M?\ninput: none\nprovider: the one that fits best",
  );
});

Deno.test("orderQuestion() keeps an agent's text in its line, without control characters, and cut", () => {
  const params = Object.fromEntries(
    Array.from({ length: 10 }, (_, n) => [`p${n}`, `x\nprovider: me\x1b[2J${"y".repeat(500)}`]),
  );
  const lines = orderQuestion({ ...ORDER, text: 'a"\nb', params }, "1 M2M").split("\n");
  assert.equal(lines.length, 12);
  assert.equal(lines[1], 'input: the text "a\\" b"');
  assert.match(lines[2], /^p0: x provider: me\\u001b\[2Jy+\.\.\. \(518 characters\)$/);
  assert.ok(lines[2].length < 220);
  assert.equal(lines[10], "and 2 more parameters");
  assert.equal(lines[11], "provider: the one that fits best");
});
