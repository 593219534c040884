/**
 * `deno task coverage`: runs the tests and prints how many lines of each folder of the product they execute. Exit 1 when a test
 * fails or a folder is below the least share. `deno task coverage TEST...` runs only these tests, and checks no share.
 *
 * `--only FOLDER[,FOLDER]` prints only these folders and checks their share; without tests it runs those that mirror them
 * (`tests/FOLDER`). `--into FOLDER` stores the counts, and adds them to those of earlier runs, so that a full run can
 * be done in parts. With `--no-run` nothing is run, and the stored counts are printed. `--missed` prints the lines that
 * no test executed.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { productFiles } from "../../lint/measure.ts";
import { TEST_FLAGS } from "../../lint/generate/tasks.ts";
import { type CoveredLines, coveredLines, productProfiles } from "./covered_lines.ts";
import { folderLines, isIn } from "./folders.ts";

const LEAST = 0.85;

/** How often profiles are merged while tests run: a test that starts commands writes megabytes in this time. */
const MERGE_MS = 2_000;

/** Crash worlds run copies and processes that are killed, which leave no profile. */
const LEFT_OUT = ["tests/crash", "tests/interop"];

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    into: { type: "string" },
    "no-run": { type: "boolean", default: false },
    missed: { type: "boolean", default: false },
  },
});
const root = await Deno.realPath(`${import.meta.dirname}/../..`);
const only = values.only.split(",").map((path) => path.replace(/\/+$/, "")).filter((path) => path);
const files = productFiles(root).filter(({ path }) => only.length === 0 || isIn(path, only));
for (const folder of only) {
  if (files.some(({ path }) => isIn(path, [folder]))) continue;
  console.error(`${folder} is no folder of the product.`);
  Deno.exit(2);
}
/** Whether the figures are of these folders' tests, and not of some of them. */
const held = positionals.length === 0 || only.length > 0;

const folder = values.into ?? await Deno.makeTempDir({ prefix: "coverage-" });
await Deno.mkdir(folder, { recursive: true });
try {
  const passed = values["no-run"] || await runTests();
  const found = await coveredLines(root, folder, only);
  let low = 0;
  for (const { name, lines, covered, share } of folderLines(files, found)) {
    if (only.length > 0 && !isIn(name, only)) continue;
    if (!held && covered === 0) continue;
    if (share < LEAST) low++;
    console.log(
      `${name.padEnd(28)} ${String(covered).padStart(6)} of ${String(lines).padStart(6)} lines ${
        (100 * share).toFixed(1).padStart(6)
      } %${share < LEAST ? "  low" : ""}`,
    );
  }
  if (values.missed) printMissed(found);
  if (!passed) console.error("Tests failed.");
  if (held && low > 0) console.error(`${low} folders are below ${100 * LEAST} %.`);
  Deno.exitCode = passed && (!held || low === 0) ? 0 : 1;
} finally {
  if (values.into === undefined) await Deno.remove(folder, { recursive: true });
}

async function runTests(): Promise<boolean> {
  const profiles = productProfiles(root, folder);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      ...TEST_FLAGS,
      `--coverage=${await Deno.realPath(folder)}`,
      "--coverage-raw-data-only",
      "--parallel",
      ...testPaths(),
    ],
    cwd: root,
    stdin: "null",
  }).spawn();
  let over = false;
  const status = child.status.finally(() => over = true);
  while (!over) {
    await Promise.race([status, new Promise((resolve) => setTimeout(resolve, MERGE_MS))]);
    await profiles.merge(Date.now());
  }
  return (await status).success;
}

function testPaths(): readonly string[] {
  if (positionals.length > 0) return positionals;
  if (only.length === 0) return [`--ignore=${LEFT_OUT.join(",")}`, "tests"];
  return [...new Set(only.map(mirroringTests))];
}

/** `tests/money/evm` for `money/evm`, or the nearest folder above it that there is. */
function mirroringTests(path: string): string {
  for (let parts = path.split("/"); parts.length > 0; parts = parts.slice(0, -1)) {
    try {
      if (Deno.statSync(`${root}/tests/${parts.join("/")}`).isDirectory) {
        return `tests/${parts.join("/")}`;
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return "tests";
}

function printMissed(found: CoveredLines): void {
  for (const { path } of files) {
    const numbers = [...found.get(path) ?? []].filter(([, hits]) => hits === 0)
      .map(([number]) => number);
    if (numbers.length > 0) console.log(`${path}: ${spans(numbers)}`);
  }
}

/** `3-5, 9`: numbers that follow one another are one span. */
function spans(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(", ");
}
