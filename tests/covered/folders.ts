/**
 * The executed lines, summed for each folder and the folders above it. Pure.
 *
 * @module
 */
import type { SourceFile } from "../../lint/structure.ts";
import type { CoveredLines } from "./covered_lines.ts";

/** Lines of code of a folder and of the folders in it; `name` is `all` for the whole tree. */
export interface FolderLines {
  readonly name: string;
  readonly lines: number;
  readonly covered: number;
  /** Share of the lines; 1 if there are none. */
  readonly share: number;
}

/** Files with only types and comments have no code that runs. */
const HAS_CODE = /^(export )?(default |async |abstract )*(function|class|const|let)\b|^[a-z]+\(/m;

/**
 * Every folder that holds one of these files, by name. A file that no test loads has no profile: each of its lines
 * counts as not executed.
 */
export function folderLines(
  files: readonly SourceFile[],
  found: CoveredLines,
): readonly FolderLines[] {
  const folders = new Map<string, { lines: number; covered: number }>();
  for (const { path, text } of files) {
    const lines = found.get(path);
    if (lines === undefined && !HAS_CODE.test(text)) continue;
    const total = lines?.size ?? text.split("\n").length;
    const covered = [...lines?.values() ?? []].filter((hits) => hits > 0).length;
    const parts = path.split("/").slice(0, -1);
    for (let depth = 0; depth <= parts.length; depth++) {
      const name = depth === 0 ? "all" : parts.slice(0, depth).join("/");
      const sum = folders.get(name) ?? { lines: 0, covered: 0 };
      folders.set(name, { lines: sum.lines + total, covered: sum.covered + covered });
    }
  }
  return [...folders].sort(([a], [b]) => a < b ? -1 : 1).map(([name, { lines, covered }]) => ({
    name,
    lines,
    covered,
    share: lines === 0 ? 1 : covered / lines,
  }));
}

/** Whether a path is one of these files, or in one of these folders. */
export function isIn(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
