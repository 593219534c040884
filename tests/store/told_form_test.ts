import assert from "node:assert/strict";
import { AMOUNT, FLAG, NUMBER, TEXT, TIME } from "../../store/told_form.ts";

Deno.test("each field form reads back its own values, and no other type", () => {
  for (
    const [form, column, told, value] of [
      [TEXT, "a", "a", "a"],
      [NUMBER, 7, 7, 7],
      [AMOUNT, "12", "12", 12n],
      [FLAG, 1, true, true],
      [FLAG, 0, false, false],
      [TIME, 1_700_000_000_000, "2023-11-14T22:13:20.000Z", 1_700_000_000_000],
    ] as const
  ) {
    assert.equal(form.tell(column), told);
    assert.equal(form.read(told), value);
    assert.equal(form.read(null), undefined);
  }
  assert.equal(AMOUNT.read("-1"), undefined);
  assert.equal(AMOUNT.read("1".repeat(79)), undefined);
  assert.equal(TIME.read("soon"), undefined);
});
