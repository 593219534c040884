import assert from "node:assert/strict";
import { ControlError, errorBody, errorFromBody } from "../../base/control_error.ts";

Deno.test("errorBody() and errorFromBody() carry a ControlError over the socket, without its stack", () => {
  const error = new ControlError("in_use", "the home is in use", "wait", { cause: new Error("x") });
  const body = errorBody(error);
  assert.deepEqual(body, {
    name: "ControlError",
    code: "in_use",
    message: "the home is in use",
    suggestion: "wait",
  });
  const read = errorFromBody(JSON.parse(JSON.stringify(body)));
  assert.ok(read instanceof ControlError);
  assert.deepEqual([read.code, read.message, read.suggestion], [
    "in_use",
    "the home is in use",
    "wait",
  ]);
});

for (
  const { name, thrown, code, message } of [
    { name: "text", thrown: "boom", code: "internal", message: "boom" },
    { name: "nothing", thrown: undefined, code: "internal", message: "undefined" },
    { name: "null", thrown: null, code: "internal", message: "null" },
    { name: "an object", thrown: {}, code: "internal", message: "unknown error" },
    {
      name: "a code of another form",
      thrown: { code: "E-1", message: "m" },
      code: "internal",
      message: "m",
    },
    {
      name: "a code that is a number",
      thrown: { code: 5, message: 5 },
      code: "internal",
      message: "unknown error",
    },
    {
      name: "a name that is markup",
      thrown: { name: "<b>", code: "a", message: "m" },
      code: "a",
      message: "m",
    },
  ]
) {
  Deno.test(`errorBody() makes of ${name} what can be sent`, () => {
    assert.deepEqual(errorBody(thrown), { code, message });
  });
}

Deno.test("errorBody() limits the length of a peer's message", () => {
  const body = errorBody({
    name: "A".repeat(65),
    code: "a".repeat(65),
    message: "m".repeat(5_000),
    suggestion: "s".repeat(2_000),
  });
  assert.equal(body.name, undefined);
  assert.equal(body.code, "internal");
  assert.equal(body.message.length, 4_096);
  assert.equal(body.suggestion?.length, 1_024);
  assert.equal(errorBody({ suggestion: 5 }).suggestion, undefined);
});

Deno.test("errorFromBody() makes a ControlError of a class that this side does not know", () => {
  for (
    const body of [{ name: "NoSuchError", code: "x", message: "m" }, { code: "x", message: "m" }]
  ) {
    const error = errorFromBody(body);
    assert.ok(error instanceof ControlError);
    assert.deepEqual([error.code, error.message], ["x", "m"]);
  }
  assert.ok(errorFromBody(null) instanceof ControlError);
});
