/**
 * A copy of the tree in which tests run.
 *
 * @module
 */

/** Files of the repository that no test of a mutant reads. */
const LEFT_OUT = new Set([".git", "node_modules"]);

/** Copies `root` to `path`, which is not there yet; both use the same dependencies. */
export async function copyTree(root: string, path: string): Promise<void> {
  await copyFolder(root, path);
  await Deno.symlink(await Deno.realPath(`${root}/node_modules`), `${path}/node_modules`);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (LEFT_OUT.has(name)) continue;
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else if (isFile) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
