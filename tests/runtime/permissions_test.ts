import assert from "node:assert/strict";
import { permissionsKey, workerPermissions } from "../../runtime/permissions.ts";
import type { DeclaredPermissions } from "../../base/service.ts";

Deno.test("workerPermissions() names every kind, so that nothing is inherited", () => {
  const none = {
    net: false,
    read: false,
    write: false,
    run: false,
    env: false,
    sys: false,
    ffi: false,
    import: false,
  };
  assert.deepEqual(workerPermissions({}), none);
  assert.deepEqual(workerPermissions({ net: [] }), none);
  assert.deepEqual(workerPermissions({ net: ["127.0.0.1:1"], read: ["/a"] }), {
    ...none,
    net: ["127.0.0.1:1"],
    read: ["/a"],
  });
});

const refused = [
  { declared: { network: [] }, code: "unknown_permission" },
  { declared: { ffi: ["x"] }, code: "unknown_permission" },
  { declared: { import: ["x"] }, code: "unknown_permission" },
  { declared: { hrtime: [] }, code: "unknown_permission" },
  { declared: { net: true }, code: "bad_permission" },
  { declared: { net: "inherit" }, code: "bad_permission" },
  { declared: { read: [""] }, code: "bad_permission" },
  { declared: { read: [1] }, code: "bad_permission" },
  { declared: { env: null }, code: "bad_permission" },
];
for (const { declared, code } of refused) {
  Deno.test(`workerPermissions() refuses ${JSON.stringify(declared)}`, () => {
    const given = declared as unknown as DeclaredPermissions;
    assert.throws(() => workerPermissions(given), { name: "PermissionError", code });
  });
}

Deno.test("permissionsKey() is equal for equal permissions", () => {
  const key = (declared: DeclaredPermissions) => permissionsKey(workerPermissions(declared));
  assert.equal(key({ net: ["a", "b"] }), key({ net: ["b", "a"] }));
  assert.notEqual(key({ net: ["a"] }), key({ read: ["a"] }));
});
