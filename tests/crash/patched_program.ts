/**
 * A copy of the program in which places are changed.
 *
 * @module
 */
import { REACH } from "../../lint/rooms.ts";
import { TREE } from "./tree.ts";

/** One place of one file. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** What the processes of a world load. */
const PARTS = Object.keys(REACH).filter((room) => room !== "mod" && room !== "cli");

/** The program in a separate folder. One for all mutants: Deno compiles only the files anew that a patch changed. */
export async function copiedProgram(): Promise<string> {
  const tree = await Deno.makeTempDir({ prefix: "mutant-" });
  for (const part of [...PARTS, "tests/crash"]) {
    await copyFolder(`${TREE}/${part}`, `${tree}/${part}`);
  }
  for (const file of ["deno.json", "deno.lock"]) {
    await Deno.copyFile(`${TREE}/${file}`, `${tree}/${file}`);
  }
  await Deno.symlink(await Deno.realPath(`${TREE}/node_modules`), `${tree}/node_modules`);
  return tree;
}

/** Patches the copy, and takes the patches back when it is disposed. Throws RangeError as {@link assertPlaced}. */
export async function patched(
  tree: string,
  patches: readonly Patch[],
): Promise<AsyncDisposable> {
  assertPlaced(patches);
  for (const { file, from, to } of patches) {
    const text = await Deno.readTextFile(`${tree}/${file}`);
    await Deno.writeTextFile(`${tree}/${file}`, text.replace(from, () => to));
  }
  return {
    async [Symbol.asyncDispose]() {
      for (const { file } of patches) await Deno.copyFile(`${TREE}/${file}`, `${tree}/${file}`);
    },
  };
}

/** Throws RangeError for a patch whose place the program has not exactly once. */
export function assertPlaced(patches: readonly Patch[]): void {
  for (const { file, from } of patches) {
    const found = Deno.readTextFileSync(`${TREE}/${file}`).split(from).length - 1;
    if (found === 1) continue;
    throw new RangeError(
      `${file}: the place to change is there ${found} times, must be once: ${from}`,
    );
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
