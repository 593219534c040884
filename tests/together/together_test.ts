import assert from "node:assert/strict";
import { registering } from "./together.ts";

/** The tests that a file registers. */
function registered(register: () => void): Deno.TestDefinition[] {
  const found: Deno.TestDefinition[] = [];
  const before = Deno.test;
  Reflect.set(Deno, "test", (test: Deno.TestDefinition) => void found.push(test));
  try {
    registering("tests/a_test.ts", Deno.test, register);
  } finally {
    Reflect.set(Deno, "test", before);
  }
  return found;
}

Deno.test("registering() names each test after its file, however it is defined", () => {
  const fn = () => {};
  const found = registered(() => {
    Deno.test("one", fn);
    Deno.test({ name: "two", fn, ignore: true });
    Deno.test("three", { permissions: "none" }, fn);
    Deno.test({ name: "four" }, fn);
    Deno.test(function five() {});
  });
  const named = (name: string) => `./tests/a_test.ts => ${name}`;
  assert.deepEqual(
    found.map(({ name }) => name),
    ["one", "two", "three", "four", "five"].map(named),
  );
  assert.deepEqual(found.map(({ ignore }) => ignore), [
    undefined,
    true,
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(found[2].permissions, "none");
  assert.ok(found.slice(0, 4).every((test) => test.fn === fn));
});

Deno.test("registering() refuses a hook, which would surround the tests of other files", () => {
  assert.throws(
    () => registered(() => Deno.test.beforeEach(() => {})),
    /tests\/a_test\.ts has a hook/,
  );
});
