/**
 * Imports of the joined program that are made when they are reached. Deno reads every module that an `import()` names as soon as a program
 * starts, whether the command needs it or not: hundreds of files for each command. It does not if the name is computed. A computed name
 * needs the permission to read the file. The main thread of a command has it, workers do not, so only the modules of the main thread get
 * such names, and they are files of their own.
 *
 * @module
 */
import { join } from "node:path";

/** Marks a file of the main thread that workers have too. */
const MARK = "main-";
/** `import("./x.js")`. */
const REACHED = /\bimport\(("\.{1,2}\/[^"\n]*\.js")\)/g;
/** What names a file in the program's folder, in whatever way: `"../x.js"`. */
const IN_ROOT = /"((?:\.{1,2}\/)+)([^"/\n]+\.js)"/g;

/** The same text, with computed names in its `import()` of files. */
export function withComputedNames(text: string): string {
  return text.replace(REACHED, "import(String($1))");
}

/** The name of a file of the main thread that is no entry. */
export function movedName(name: string): string {
  return MARK + name;
}

/**
 * Moves the modules of the main thread from the folder `from` to `out`, with computed names in their imports. Files that are no entries get
 * names that workers' files do not have.
 *
 * @param entries The modules that keep their names, as paths in the folder
 */
export async function moveMain(
  from: string,
  out: string,
  entries: ReadonlySet<string>,
): Promise<void> {
  const renamed = new Set<string>();
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile && !entries.has(name)) renamed.add(name);
  }
  const move = async (folder: string): Promise<void> => {
    await Deno.mkdir(join(out, folder), { recursive: true });
    for await (const { name, isDirectory } of Deno.readDir(join(from, folder))) {
      const path = join(folder, name);
      if (isDirectory) {
        await move(path);
        continue;
      }
      const text = (await Deno.readTextFile(join(from, path))).replace(
        IN_ROOT,
        (whole, way: string, file: string) =>
          renamed.has(file) ? `"${way}${movedName(file)}"` : whole,
      );
      const to = folder === "" && renamed.has(name) ? movedName(name) : path;
      await Deno.writeTextFile(join(out, to), withComputedNames(text));
    }
  };
  await move("");
}
