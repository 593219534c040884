/**
 * `deno task rooms`: the rooms of this tree, their share of the lines, the imports between them. Exit 1 on a room above a fifth of
 * the lines, a circle of files, or two folders that import each other.
 *
 * @module
 */
import { placeOf } from "./rooms.ts";
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

/** What is wrong with the structure of these files, a line each. */
export function faultsOf(files: readonly SourceFile[]): readonly string[] {
  const imports = importsOf(files);
  return [
    ...roomSizes(files).filter(({ share }) => share > LARGEST_SHARE)
      .map(({ room, share }) => `${room}/ holds ${percent(share)} of the lines`),
    ...circles(imports).map((circle) => `a circle of files: ${circle.join(", ")}`),
    ...mutualFolders(imports),
  ];
}

/** The product's files below a folder: those that have a room. */
export function productFiles(root: string, folder = ""): readonly SourceFile[] {
  const found: SourceFile[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${folder}`)) {
    const path = folder + name;
    if (name === "node_modules" || name.startsWith(".")) continue;
    if (isDirectory) found.push(...productFiles(root, `${path}/`));
    else if (/\.tsx?$/.test(name) && placeOf(path) !== null) {
      found.push({ path, text: Deno.readTextFileSync(`${root}/${path}`) });
    }
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

if (import.meta.main) {
  const files = productFiles(`${import.meta.dirname}/..`);
  for (const { room, files: count, lines, share } of roomSizes(files)) {
    console.log(
      `${room.padEnd(10)} ${String(count).padStart(4)} files ${String(lines).padStart(6)} lines ${
        percent(share).padStart(7)
      }`,
    );
  }
  console.log("\nimports between rooms");
  for (const [pair, count] of roomImports(importsOf(files))) console.log(`  ${pair}: ${count}`);
  const faults = faultsOf(files);
  if (faults.length > 0) {
    console.log(`\n${faults.map((fault) => `fault: ${fault}`).join("\n")}`);
    Deno.exit(1);
  }
}
