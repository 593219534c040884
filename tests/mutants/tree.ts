/**
 * A copy of the tree in which one place at a time is broken, and the tests that are run in it.
 *
 * @module
 */
import { TEST_FLAGS } from "../../lint/generate/tasks.ts";
import { copyTree } from "./copy_tree.ts";
import type { TestFile } from "./probes.ts";
import { runDeno } from "./session.ts";
import { broken, type Site } from "./sites.ts";

/**
 * The outcome of a mutant: a test failed, none ended in its limits, all passed, or no test reaches its place with
 * values that make a difference.
 */
export type Outcome = "caught" | "late" | "survived" | "uncovered";

/** One copy; mutants in it are tried one after the other. */
export class MutantTree {
  private constructor(private readonly path: string, private readonly original: string) {}

  /** `folder` is empty; its creator removes it. */
  static async copy(root: string, folder: string): Promise<MutantTree> {
    const path = `${folder}/tree`;
    await copyTree(root, path);
    return new MutantTree(path, root);
  }

  /** Runs the batches until one fails; there is one at least. A test that takes several times as long as without the mutant is killed. */
  async try(site: Site, batches: readonly (readonly TestFile[])[]): Promise<Outcome> {
    const original = await Deno.readTextFile(`${this.original}/${site.file}`);
    await Deno.writeTextFile(`${this.path}/${site.file}`, broken(original, site));
    try {
      for (const batch of batches) {
        const seconds = batch.reduce((sum, file) => sum + file.seconds, 0);
        const { end } = await runDeno(
          ["test", ...TEST_FLAGS, "--fail-fast", ...batch.map(({ path }) => path)],
          this.path,
          2 + 3 * seconds,
        );
        if (end !== "passed") return end === "late" ? "late" : "caught";
      }
      return "survived";
    } finally {
      await Deno.writeTextFile(`${this.path}/${site.file}`, original);
    }
  }
}
