/**
 * `deno task rooms [--faults]` prints the rooms of this tree, their share of the lines and the imports between them, or
 * with `--faults` only the faults. It exits 1 if a room has more than a fifth of the lines, a file has more than 300
 * lines, files import each other in a circle, two folders import each other, a file is outside every room, or the
 * product does not use a declaration.
 *
 * @module
 */
import { deadEnds, inWords } from "./dead_ends.ts";
import { isKnown, placeOf } from "./rooms.ts";
import {
  circles,
  importsOf,
  mutualFolders,
  roomImports,
  roomSizes,
  type SourceFile,
} from "./structure.ts";

/** The largest share of the lines that one room may have. */
export const LARGEST_SHARE = 0.2;

/** The most lines of one file, of a test too. A longer file usually holds two concepts. */
export const MOST_LINES = 300;

/** The faults in the structure of these files, one line each. Files outside the rooms count as users of the product. */
export function faultsOf(files: readonly SourceFile[]): readonly string[] {
  const product = files.filter(({ path }) => placeOf(path) !== null);
  const others = files.filter(({ path }) => placeOf(path) === null);
  const imports = importsOf(product);
  return [
    ...others.filter(({ path }) => !isKnown(path)).map(({ path }) => `${path} is in no room`),
    ...roomSizes(product).filter(({ share }) => share > LARGEST_SHARE)
      .map(({ room, share }) => `${room}/ holds ${percent(share)} of the lines`),
    ...files.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
      .filter(({ lines }) => lines > MOST_LINES)
      .map(({ path, lines }) =>
        `${path} has ${lines} lines, above ${MOST_LINES}: split it by concept`
      ),
    ...circles(imports).map((circle) => `a circle of files: ${circle.join(", ")}`),
    ...mutualFolders(imports),
    ...deadEnds(product, others).map(inWords),
  ];
}

/** Every module below a folder, in a room or not. */
export function sourceFiles(root: string, folder = ""): readonly SourceFile[] {
  const found: SourceFile[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${folder}`)) {
    const path = folder + name;
    if (name === "node_modules" || name.startsWith(".")) continue;
    if (isDirectory) found.push(...sourceFiles(root, `${path}/`));
    else if (/\.tsx?$/.test(name)) {
      found.push({ path, text: Deno.readTextFileSync(`${root}/${path}`) });
    }
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** The product's modules below a folder, which are those in a room. */
export function productFiles(root: string): readonly SourceFile[] {
  return sourceFiles(root).filter(({ path }) => placeOf(path) !== null);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

if (import.meta.main) {
  const all = sourceFiles(`${import.meta.dirname}/..`);
  const files = all.filter(({ path }) => placeOf(path) !== null);
  const brief = Deno.args.includes("--faults");
  for (const { room, files: count, lines, share } of brief ? [] : roomSizes(files)) {
    console.log(
      `${room.padEnd(10)} ${String(count).padStart(4)} files ${String(lines).padStart(6)} lines ${
        percent(share).padStart(7)
      }`,
    );
  }
  if (!brief) {
    console.log("\nimports between rooms");
    for (const [pair, count] of roomImports(importsOf(files))) console.log(`  ${pair}: ${count}`);
  }
  const faults = faultsOf(all);
  if (faults.length > 0) {
    console.log(`\n${faults.map((fault) => `fault: ${fault}`).join("\n")}`);
    Deno.exit(1);
  }
}
