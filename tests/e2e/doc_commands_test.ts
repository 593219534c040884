/** Every command that the pages show, in their order: by one user with an empty `HOME`, on one dev network. */
import assert from "node:assert/strict";
import { allDocLines } from "../commands/doc_lines.ts";
import { DocTown, type Way } from "./doc_commands/doc_town.ts";
import { WAYS } from "./doc_commands/doc_ways.ts";
import type { LeftOut } from "./doc_commands/left_out.ts";

/** Tasks of contributors take minutes, so that page is only parsed. */
const lines = (await allDocLines()).filter(({ page }) => page !== "CONTRIBUTING.md");
const pages = [...new Set(lines.map(({ page }) => page))];

const AS_IT_STANDS: Way = {};
/** A line that several pages show is run once in the same way. */
const ran = new Map<string, Way>();

let town: DocTown;
Deno.test.beforeAll(async () => {
  town = await DocTown.make();
});
Deno.test.afterAll(() => town[Symbol.asyncDispose]());

/** Whether a machine has a program. */
async function has(program: string): Promise<boolean> {
  return (await town.run(`command -v ${program}`)).code === 0;
}

for (const page of pages) {
  Deno.test(`${page}: every command works`, async () => {
    const faults: string[] = [];
    let begun = false;
    for (const { line } of lines.filter((each) => each.page === page)) {
      const way: Way | LeftOut = WAYS[page]?.[line] ?? AS_IT_STANDS;
      if ("why" in way || ran.get(line) === way) continue;
      ran.set(line, way);
      // A command that opens the home itself takes a second of a processor. Before the first network no daemon starts.
      if (!begun) await town.run("crosstown mayor up --detach");
      begun = true;
      if (way.needs !== undefined && !await has(way.needs)) continue;
      const { code, text } = await town.run(line, way);
      if (code !== 0) faults.push(`${line}\nexit ${code}\n${text}`);
    }
    assert.equal(faults.join("\n"), "");
  });
}

Deno.test("each way is that of a line which its page has, and each test that runs one is there", async () => {
  for (const [page, ways] of Object.entries(WAYS)) {
    for (const [line, way] of Object.entries(ways)) {
      assert.ok(lines.some((each) => each.page === page && each.line === line), `${page}: ${line}`);
      if ("why" in way && way.runBy !== undefined) {
        await Deno.stat(new URL(`../../${way.runBy}`, import.meta.url));
      }
    }
  }
});
