/** The code of a run that failed is one fact: a part that spelled it otherwise would take a result for a failure of the provider. */
import assert from "node:assert/strict";
import { resultFacts } from "../../market/judge.ts";
import { EXIT_CODE } from "../../protocols/failure_codes.ts";

const ROOT = new URL("../../", import.meta.url);
/** The same word as the name of a column and of a field of documents. */
const NAMES = [
  "protocols/failure_codes.ts",
  "store/job_tables.ts",
  "market/sequences/reference.ts",
];

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

Deno.test("the error code of a run that failed stands in one place, and resultFacts() gives it", async () => {
  const spelled: string[] = [];
  for (
    const folder of ["commands/", "home/", "market/", "protocols/", "shell/", "stages/", "store/"]
  ) {
    for await (const file of sources(folder)) {
      const text = await Deno.readTextFile(new URL(file, ROOT));
      if (/["']exit_code["']/.test(text)) spelled.push(file);
    }
  }
  assert.deepEqual(spelled.sort(), NAMES.sort());
  const content = { exitCode: 3, stoppedBy: null } as Parameters<typeof resultFacts>[0];
  assert.equal(resultFacts(content, null).error_code, EXIT_CODE);
});
