import assert from "node:assert/strict";
import { temporaryFolder } from "../skills/machine.ts";

const ROOT = new URL("../../", import.meta.url);
const PRELOAD = new URL("tests/installed_workers.ts", ROOT).pathname;
const ENTRY = "home/workers/entries/store";
const FILE = `
for (const [name, url] of [["part", "${ROOT}${ENTRY}.ts"], ["other", import.meta.resolve("./own.ts")]]) {
  Deno.test(name, async () => {
    const worker = new Worker(url, { type: "module" });
    const says = new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
    worker.postMessage("who");
    const words = await says;
    worker.terminate();
    if (words !== (name === "part" ? "installed" : "own")) throw new Error(String(words));
  });
}
`;

Deno.test("a worker that a test starts is the installed program's, if that has it; others are their sources'", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await Deno.mkdir(`${path}/program/${ENTRY.replace(/\/\w+$/, "")}`, { recursive: true });
  const answers = (words: string) => `self.onmessage = () => self.postMessage("${words}");\n`;
  await Deno.writeTextFile(`${path}/program/${ENTRY}.js`, answers("installed"));
  await Deno.writeTextFile(`${path}/own.ts`, answers("own"));
  await Deno.writeTextFile(`${path}/some_test.ts`, FILE);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--no-check", "--no-prompt", "--allow-env", "--allow-read", "--allow-run"],
      ...[`--preload=${PRELOAD}`, `${path}/some_test.ts`],
    ],
    clearEnv: true,
    env: {
      CROSSTOWN_PROGRAM: `${path}/program`,
      NO_COLOR: "1",
      PATH: Deno.env.get("PATH")!,
      HOME: path,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.match(text, /\| 2 passed \| 0 failed/, text);
  assert.equal(code, 0);
});
