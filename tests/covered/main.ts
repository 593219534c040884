/**
 * `deno task coverage`: runs the tests and prints how many lines of each folder of the product they come by. Exit 1 when a test
 * fails or a folder is below the least share. `deno task coverage PATH...` runs these tests alone, and holds no folder to it.
 *
 * @module
 */
import { productFiles } from "../../lint/measure.ts";
import { TEST_FLAGS } from "../../lint/generate/tasks.ts";
import { coveredLines } from "./covered_lines.ts";

const LEAST = 0.85;

/** Crash worlds run copies and processes that are killed, which leave no profile. */
const LEFT_OUT = ["tests/crash", "tests/interop"];

const root = await Deno.realPath(`${import.meta.dirname}/../..`);
const only = Deno.args;
const folder = await Deno.makeTempDir({ prefix: "coverage-" });
try {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      ...TEST_FLAGS,
      `--coverage=${folder}`,
      "--coverage-raw-data-only",
      "--parallel",
      ...(only.length > 0 ? only : [`--ignore=${LEFT_OUT.join(",")}`, "tests"]),
    ],
    cwd: root,
    stdin: "null",
  }).spawn().status;
  const found = await coveredLines(root, folder);
  const folders = new Map<string, { lines: number; covered: number }>();
  for (const { path, text } of productFiles(root)) {
    const lines = found.get(path);
    if (lines === undefined && !hasCode(text)) continue;
    // A file that no test loads has no profile: each of its lines counts as not come by.
    const total = lines?.size ?? text.split("\n").length;
    const covered = [...lines?.values() ?? []].filter((hits) => hits > 0).length;
    const parts = path.split("/").slice(0, -1);
    for (let depth = 0; depth <= parts.length; depth++) {
      const name = depth === 0 ? "all" : parts.slice(0, depth).join("/");
      const sum = folders.get(name) ?? { lines: 0, covered: 0 };
      folders.set(name, { lines: sum.lines + total, covered: sum.covered + covered });
    }
  }
  let low = 0;
  for (const [name, { lines, covered }] of [...folders].sort(([a], [b]) => a < b ? -1 : 1)) {
    if (only.length > 0 && covered === 0) continue;
    const share = lines === 0 ? 1 : covered / lines;
    if (share < LEAST) low++;
    console.log(
      `${name.padEnd(28)} ${String(covered).padStart(6)} of ${String(lines).padStart(6)} lines ${
        (100 * share).toFixed(1).padStart(6)
      } %${share < LEAST ? "  low" : ""}`,
    );
  }
  if (!success) console.error("Tests failed.");
  if (only.length === 0 && low > 0) {
    console.error(`${low} folders are below ${100 * LEAST} %.`);
  }
  Deno.exitCode = success && (only.length > 0 || low === 0) ? 0 : 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Files of types and comments alone have nothing that runs. */
function hasCode(text: string): boolean {
  return /^(export )?(default |async |abstract )*(function|class|const|let)\b|^[a-z]+\(/m.test(
    text,
  );
}
