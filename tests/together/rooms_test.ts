import assert from "node:assert/strict";
import { allFiles, ALONE, filesOf, LONGEST, ROOMS, testFiles } from "./rooms.ts";

Deno.test("each test file runs once: with a thread of its own, or in that of its room", () => {
  const rooms = Object.keys(ROOMS);
  const threads = rooms.map((room) => `tests/together/${room}.ts`);
  const found = allFiles();
  const own = found.filter((file) => !threads.includes(file));
  assert.deepEqual([...own, ...rooms.flatMap(filesOf)].sort(), testFiles([""]));
  assert.deepEqual(found.filter((file) => threads.includes(file)), threads);
  for (const thread of threads) {
    assert.ok(Deno.statSync(new URL(`../../${thread}`, import.meta.url)).isFile, thread);
  }
});

Deno.test("whatever has a thread of its own, or is started first, is a test file or a folder of them", () => {
  const known = testFiles([""]);
  for (const path of [...ALONE.map((path) => `tests/${path}`), ...LONGEST]) {
    assert.ok(known.some((file) => `${file}/`.startsWith(`${path}/`)), path);
  }
});

Deno.test("allFiles() leaves out files and folders, and refuses a path that it does not know", () => {
  assert.ok(allFiles().includes("tests/crash/crash_test.ts"));
  const left = allFiles(["tests/crash", "tests/faults/full_disk_test.ts"]);
  const missing = allFiles().filter((file) => !left.includes(file));
  assert.deepEqual(missing.sort(), [...testFiles(["crash"]), "tests/faults/full_disk_test.ts"]);
  const withoutE2e = allFiles(["tests/e2e"]);
  assert.deepEqual(withoutE2e.filter((file) => file.includes("e2e")), []);
  assert.throws(() => allFiles(["tests/gone_test.ts"]), /tests\/gone_test\.ts/);
});
