/**
 * `deno task package npm|file [--out FOLDER]`: makes what is installed from these sources.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { packageFile } from "./file.ts";
import { packageNpm } from "./npm.ts";

const KINDS = { npm: packageNpm, file: packageFile };

const USAGE = "usage: deno task -q package npm|file [--out FOLDER]";

if (import.meta.main) {
  try {
    const { values, positionals } = parseArgs({
      args: Deno.args,
      options: { out: { type: "string", default: "dist" } },
      allowPositionals: true,
    });
    const [kind] = positionals;
    if (positionals.length !== 1 || (kind !== "npm" && kind !== "file")) {
      throw new TypeError("what is to be made?");
    }
    console.log(await KINDS[kind](fileURLToPath(new URL("../", import.meta.url)), values.out));
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message : error}`);
    if (!(error instanceof TypeError)) Deno.exit(1);
    console.error(USAGE);
    Deno.exit(2);
  }
}
