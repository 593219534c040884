import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { writeManPages } from "../../packaging/man_pages.ts";
import { releaseNotes } from "../../packaging/release_notes.ts";
import { COMMANDS } from "../../commands/command_table.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const reader = await found("mandoc", "man");

Deno.test("writeManPages() makes a page for the program and one for each group", async () => {
  const out = await Deno.makeTempDir();
  try {
    const paths = await writeManPages(ROOT, out);
    assert.equal(paths.length, COMMANDS.length + 1);
    const job = await Deno.readTextFile(`${out}/crosstown-job.1`);
    assert.match(job, /^\.SS crosstown job submit$/m);
    assert.match(job, /\\fB\\-\\-bid\\fR/);
    // A command without subcommands says everything once, under the usual headings.
    const mcp = await Deno.readTextFile(`${out}/crosstown-mcp.1`);
    assert.deepEqual(
      [...mcp.matchAll(/^\.S[HS] (.+)$/gm)].map(([, heading]) => heading),
      ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "SEE ALSO"],
    );
    assert.equal(mcp.split("cannot change either").length, 2);
    assert.doesNotMatch(await Deno.readTextFile(`${out}/crosstown.1`), /\]\(docs/);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test({
  name: `a reader of man pages finds no fault in them${
    reader === null ? " (ignored: there is neither mandoc nor man)" : ""
  }`,
  ignore: reader === null,
}, async () => {
  const out = await Deno.makeTempDir();
  try {
    for (const path of await writeManPages(ROOT, out)) {
      const args = reader === "mandoc" ? ["-Tlint", "-Wwarning", path] : ["--warnings", "-l", path];
      const { success, stdout, stderr } = await new Deno.Command(reader!, {
        args,
        env: { MANPAGER: "cat", LC_ALL: "C.UTF-8" },
      }).output();
      const text = new TextDecoder().decode(reader === "mandoc" ? stdout : stderr);
      // Without a date, the bytes of a page depend only on the sources.
      const faults = text.split("\n").filter((line) => line !== "" && !/missing date/.test(line));
      assert.deepEqual(faults, [], path);
      assert.ok(success || reader === "mandoc", path);
    }
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("releaseNotes() finds a part of this repository's changelog", async () => {
  const changelog = await Deno.readTextFile(`${ROOT}CHANGELOG.md`);
  assert.match(releaseNotes(changelog, "Unreleased"), /^### /);
});

/** The first of the programs that is installed. */
async function found(...programs: readonly string[]): Promise<string | null> {
  for (const program of programs) {
    const { success } = await new Deno.Command("sh", {
      args: ["-c", 'command -v "$1"', "sh", program],
      stdout: "null",
    }).output();
    if (success) return program;
  }
  return null;
}
