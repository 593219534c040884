/**
 * Which lines of the product a run of tests executed: in the tests' own process, in its workers and in the commands that it started.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { productFiles } from "../../lint/measure.ts";
import { reduceProfiles } from "./profiles.ts";

/** Lines of code of each product file, and how often each was come by. Paths from the tree's root. */
export type CoveredLines = ReadonlyMap<string, ReadonlyMap<number, number>>;

/**
 * Reads the profiles that `deno test --coverage=folder` wrote, and reduces them so that the next run can add to them.
 * Empty if the run executed no file of this tree.
 *
 * @param only Reads only profiles of these files and folders; all if it is empty. Paths are relative to the tree's root.
 */
export async function coveredLines(
  root: string,
  folder: string,
  only: readonly string[] = [],
): Promise<CoveredLines> {
  const product = new Set(productFiles(root).map(({ path }) => path));
  const pathOf = (url: string) =>
    url.startsWith("file://") ? fileURLToPath(url).replace(`${root}/`, "") : "";
  await reduceProfiles(folder, (url) => product.has(pathOf(url)));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--quiet", "--lcov", ...only.map((path) => including(root, path)), folder],
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

/** The option by which `deno coverage` reads one file or folder: a regular expression of its URL. */
function including(root: string, path: string): string {
  const url = pathToFileURL(`${root}/${path}`).href.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return `--include=^${url}(/|$)`;
}
