import assert from "node:assert/strict";
import { temporaryFolder } from "../skills/machine.ts";

const PRELOAD = new URL("../time_limit.ts", import.meta.url);
const FILE = `
Deno.test("waits for ever", () => new Promise((resolve) => setTimeout(resolve, 2 ** 30)));
Deno.test({ name: "turns for ever", fn: () => { while (true); } });
Deno.test("is skipped", { ignore: true }, () => {});
Deno.test("runs on", () => {});
`;

Deno.test("a test that does not end fails with its name, and the others run", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/some_test.ts`;
  await Deno.writeTextFile(file, FILE);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--no-prompt", "--parallel", "--allow-env"]
      .concat(`--preload=${PRELOAD.pathname}`, file),
    env: { CROSSTOWN_TEST_LIMIT_S: "2", NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /waits for ever \.\.\. FAILED/);
  assert.match(text, /turns for ever \.\.\. FAILED/);
  assert.match(text, /runs on \.\.\. ok/);
  assert.match(text, /\| 1 passed \| 2 failed \| 1 ignored/);
  assert.equal(code, 1);
});
