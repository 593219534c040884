import assert from "node:assert/strict";
import { FORMS } from "../../store/told_form.ts";

Deno.test("each field form reads back its own values, and no other type", () => {
  for (
    const [form, column, told, value] of [
      [FORMS.text, "a", "a", "a"],
      [FORMS.number, 7, 7, 7],
      [FORMS.amount, "12", "12", 12n],
      [FORMS.flag, 1, true, true],
      [FORMS.flag, 0, false, false],
      [FORMS.time, 1_700_000_000_000, "2023-11-14T22:13:20.000Z", 1_700_000_000_000],
    ] as const
  ) {
    assert.equal(form.tell(column), told);
    assert.equal(form.read(told), value);
    assert.equal(form.read(null), undefined);
  }
  assert.equal(FORMS.amount.read("-1"), undefined);
  assert.equal(FORMS.amount.read("1".repeat(79)), undefined);
  assert.equal(FORMS.time.read("soon"), undefined);
});
