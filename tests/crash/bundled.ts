/**
 * The programs of a world's processes as a few files of JavaScript: a process starts in half of the processor time that it takes from the
 * sources, and a world starts one after each death.
 *
 * @module
 */
import { countedInto } from "../program.ts";
import { SCRIPTS } from "./member.ts";
import { TREE } from "./tree.ts";

/** A folder with the programs. */
export interface Bundled extends AsyncDisposable {
  /** Null where they run from the sources. */
  readonly folder: string | null;
}

/** Joins the programs of these sources. From the sources themselves run those of other sources, and those whose lines are counted. */
export async function bundled(tree = TREE): Promise<Bundled> {
  const folder = await Deno.makeTempDir({ prefix: "crash-programs-" });
  const there = {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  const apart = tree !== TREE || Object.keys(countedInto).length > 0;
  if (apart || !await joined(folder)) return { ...there, folder: null };
  return there;
}

/** False where Deno cannot get its bundler. */
async function joined(folder: string): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--platform", "deno", "--code-splitting", "--external", "*.wasm"],
      ...["--outdir", folder, ...SCRIPTS.map((name) => `tests/crash/${name}.ts`)],
    ],
    cwd: TREE,
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) return false;
  await Deno.copyFile(`${TREE}/protocols/secp256k1/curve.wasm`, `${folder}/curve.wasm`);
  return true;
}
