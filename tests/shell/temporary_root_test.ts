import assert from "node:assert/strict";
import type { Config } from "../../config/config.ts";
import { skillMachine } from "../../shell/platform.ts";
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

Deno.test("skillMachine() takes a TMPDIR that is missing, because a home then uses its own folder: no daemon stops for it", () => {
  const config = { get: () => null } as unknown as Config;
  for (const path of ["/nonexistent/folder", FILE]) {
    assert.equal(skillMachine((name) => name === "TMPDIR" ? path : undefined, config).temp, path);
  }
  assert.equal(skillMachine(() => undefined, config).temp, "/var/tmp");
});
