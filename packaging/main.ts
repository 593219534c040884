/**
 * `deno task package npm|file|folder [--out FOLDER]`: makes what is installed from these sources.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeApp } from "./contents.ts";
import { packageFile } from "./file.ts";
import { packageNpm } from "./npm.ts";

const KINDS = { npm: packageNpm, file: packageFile, folder: packageFolder };

const USAGE = "usage: deno task -q package npm|file|folder [--out FOLDER] [--commit COMMIT]";

if (import.meta.main) {
  try {
    const { values, positionals } = parseArgs({
      args: Deno.args,
      options: { out: { type: "string", default: "dist" }, commit: { type: "string" } },
      allowPositionals: true,
    });
    const [kind] = positionals;
    if (positionals.length !== 1 || !Object.hasOwn(KINDS, kind)) {
      throw new TypeError("what is to be made?");
    }
    const root = fileURLToPath(new URL("../", import.meta.url));
    const make = KINDS[kind as keyof typeof KINDS];
    console.log(await make(root, values.out, values.commit || null));
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message : error}`);
    if (!(error instanceof TypeError)) Deno.exit(1);
    console.error(USAGE);
    Deno.exit(2);
  }
}

/** The program with its packages as plain files, for an image that has Deno already. */
async function packageFolder(root: string, out: string, commit: string | null): Promise<string> {
  await Deno.mkdir(out, { recursive: true });
  await makeApp(root, out, commit);
  return out;
}
