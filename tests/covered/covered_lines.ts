/**
 * Which lines of the product a run of tests came by: in the tests' own process, in its workers and in the commands that it started.
 *
 * @module
 */
import { productFiles } from "../../lint/measure.ts";

/** Lines of code of each product file, and how often each was come by. Paths from the tree's root. */
export type CoveredLines = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Reads the profiles that `deno test --coverage=folder` left. Empty when the run came by no file of this tree. */
export async function coveredLines(root: string, folder: string): Promise<CoveredLines> {
  await removeCutOff(folder);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--quiet", "--lcov", folder],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  }).output();
  const report = new TextDecoder().decode(stdout);
  if (!success && report === "") {
    const said = new TextDecoder().decode(stderr);
    if (/no covered files/i.test(said)) return new Map();
    throw new Error(said);
  }
  const product = new Set(productFiles(root).map(({ path }) => path));
  const files = new Map<string, Map<number, number>>();
  let lines = new Map<number, number>();
  for (const line of report.split("\n")) {
    if (line.startsWith("SF:")) {
      const path = line.slice(3).replace(`${root}/`, "");
      lines = new Map();
      if (product.has(path)) files.set(path, lines);
    } else if (line.startsWith("DA:")) {
      const [number, hits] = line.slice(3).split(",").map(Number);
      lines.set(number, hits);
    }
  }
  return files;
}

/** A process that is killed while it writes its profile leaves the start of one, or an empty file: `deno coverage` fails on these. */
async function removeCutOff(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const path = `${folder}/${name}`;
    try {
      JSON.parse(await Deno.readTextFile(path));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      await Deno.remove(path);
    }
  }
}
