/** The guides of docs/, command by command as written there, on one dev network. */
import assert from "node:assert/strict";
import { wordsOf } from "../commands/command_lines.ts";
import { devHome, type TestHome, testHome } from "./process.ts";

let home: Awaited<ReturnType<typeof devHome>>;
let other: TestHome;
Deno.test.beforeAll(async () => {
  [home, other] = await Promise.all([devHome(), testHome()]);
});
Deno.test.afterAll(async () => {
  try {
    await other[Symbol.asyncDispose]();
  } finally {
    await home[Symbol.asyncDispose]();
  }
});

/** The commands between the marks of a page, in order; `~/try` is the other home. */
async function guide(page: string): Promise<string[][]> {
  const text = await Deno.readTextFile(new URL(`../../docs/${page}`, import.meta.url));
  const blocks = text.matchAll(/<!-- guide -->\n+```\n([^]*?)```/g);
  return [...blocks].flatMap(([, block]) => block.split("\n"))
    .filter((line) => line.startsWith("crosstown "))
    .map((line) => wordsOf(line.replace(/ +# .*$/, "")))
    .map((words) => words.map((word) => word.replace("~/try", other.path)));
}

for (
  const [page, least] of [["getting_started.md", 7], ["buyer.md", 8], ["provider.md", 6]] as const
) {
  Deno.test(`docs/${page}: every command of the guide works`, async () => {
    const commands = await guide(page);
    assert.ok(commands.length >= least, `${commands.length} commands`);
    for (const words of commands) {
      if (words[0] === "dev") continue; // one network for all guides
      const { code, stdout, stderr } = await home.run(words);
      assert.equal(code, 0, `crosstown ${words.join(" ")}\n${stdout}\n${stderr}`);
    }
  });
}
