import assert from "node:assert/strict";
import { temporaryRoot } from "../../shell/temporary_root.ts";

const FILE = import.meta.filename!;
const root = (value: string | undefined) => temporaryRoot(() => value, "/var/tmp");

Deno.test("temporaryRoot() is TMPDIR, or a folder of the system without it", () => {
  assert.equal(root("/tmp"), "/tmp");
  assert.equal(root(undefined), "/var/tmp");
  assert.equal(root(""), "/var/tmp");
});

Deno.test("temporaryRoot() refuses a TMPDIR that is no folder", () => {
  for (const path of ["/nonexistent/folder", FILE, `${FILE}/below`]) {
    assert.throws(() => root(path), {
      name: "UsageError",
      message: `TMPDIR is ${path}, which is no folder`,
    });
  }
});
