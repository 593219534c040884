import assert from "node:assert/strict";
import { compareTrees } from "../../bench/two_trees.ts";

const NEVER = new AbortController().signal;

/** A checkout with two commits: the bench `jobs` is in both, `later` in the second one, and in neither is a real bench. */
async function checkout(folder: string): Promise<string> {
  const here = `${folder}/here`;
  await Deno.mkdir(`${here}/bench`, { recursive: true });
  await Deno.mkdir(`${here}/node_modules`);
  const git = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("git", {
      args: ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args],
      cwd: here,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  };
  await git("init", "--quiet");
  for (const [name, text] of [["jobs", "first"], ["jobs", "second"], ["later", "second"]]) {
    await Deno.writeTextFile(`${here}/bench/${name}.ts`, `// ${text}`);
    await git("add", "bench");
    await git("commit", "--quiet", "--message", text);
  }
  return here;
}

/** What is left in the folder for temporary files. */
function left(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test("compareTrees() runs each bench in both trees in turn, skips what the earlier tree has not, and names what failed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const here = await checkout(folder);
    const ran: string[] = [];
    const trees = new Set<string>();
    const report = await compareTrees({
      here,
      revision: "HEAD~2",
      names: ["jobs", "later"],
      runs: 3,
      signal: NEVER,
      tell: () => {},
    }, async (tree, bench) => {
      trees.add(tree);
      const text = await Deno.readTextFile(`${tree}/bench/${bench}.ts`);
      ran.push(`${bench} ${text}`);
      if (ran.length === 6) return null;
      return [{ bench, name: "paid", value: text === "// first" ? 100 : 50, unit: "1/s" }];
    });
    assert.deepEqual(ran, [
      "jobs // first",
      "jobs // second",
      "jobs // second",
      "jobs // first",
      "jobs // first",
      "jobs // second",
    ]);
    const [{ ratio, noise }] = report.figures;
    assert.deepEqual([ratio, noise, report.failed], [0.5, 1, ["jobs"]]);
    const other = [...trees].find((tree) => tree !== here)!;
    await assert.rejects(Deno.stat(other), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`compareTrees() removes the earlier tree on ${signal}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const here = await checkout(folder);
      await Deno.mkdir(`${folder}/temporary`);
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-check",
          "--cached-only",
          "--allow-all",
          new URL("endless_comparison.ts", import.meta.url).pathname,
          here,
        ],
        env: { TMPDIR: `${folder}/temporary` },
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      // Its first output says that the bench runs.
      const reader = child.stdout.getReader();
      const { value } = await reader.read();
      assert.equal(new TextDecoder().decode(value), "running");
      assert.equal(left(`${folder}/temporary`).length, 1);
      child.kill(signal);
      assert.equal((await child.status).code, code);
      assert.deepEqual(left(`${folder}/temporary`), []);
      await reader.cancel();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
