/**
 * Which lines of the product a run of tests executed: in the tests' own process, in its workers and in the commands that it started.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { productFiles } from "../../lint/measure.ts";
import { ProfileFolder } from "./profile_folder.ts";

/** Lines of code of each product file, and how often each was executed. Paths from the tree's root. */
export type CoveredLines = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** The folder into which processes write what they executed of the product in `root`. */
export function productProfiles(root: string, folder: string): ProfileFolder {
  const product = new Set(productFiles(root).map(({ path }) => path));
  return new ProfileFolder(folder, (url) => product.has(pathIn(root, url)));
}

/**
 * Reads the profiles of a folder, and merges them first: no process may write any more. Empty if no file of this tree was
 * executed.
 *
 * @param only Reads only profiles of these files and folders; all if it is empty. Paths are relative to the tree's root.
 */
export async function coveredLines(
  root: string,
  folder: string,
  only: readonly string[] = [],
): Promise<CoveredLines> {
  await productProfiles(root, folder).merge(Infinity);
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
      lines = new Map();
      files.set(line.slice(3).replace(`${root}/`, ""), lines);
    } else if (line.startsWith("DA:")) {
      const [number, hits] = line.slice(3).split(",").map(Number);
      lines.set(number, hits);
    }
  }
  return files;
}

/** Path from the root; empty if the URL is not of a file. */
function pathIn(root: string, url: string): string {
  return url.startsWith("file://") ? fileURLToPath(url).replace(`${root}/`, "") : "";
}

/** The option by which `deno coverage` reads one file or folder: a regular expression of its URL. */
function including(root: string, path: string): string {
  const url = pathToFileURL(`${root}/${path}`).href.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return `--include=^${url}(/|$)`;
}
