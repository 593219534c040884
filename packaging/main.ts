/**
 * `deno task package npm|file|folder|man|notes [--out FOLDER]`: makes what is installed from these sources.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeApp, type Origin } from "./contents.ts";
import { packageFile } from "./file.ts";
import { writeManPages } from "./man_pages.ts";
import { packageNpm } from "./npm.ts";
import { releaseNotes } from "./release_notes.ts";

/** What is made where, by its name; gives the lines to print. */
const KINDS: Readonly<Record<string, (root: string, given: Given) => Promise<readonly string[]>>> =
  {
    npm: async (root, { out, ...origin }) => [await packageNpm(root, out, origin)],
    file: async (root, { out, ...origin }) => [await packageFile(root, out, origin)],
    folder: async (root, { out, ...origin }) => [await packageFolder(root, out, origin)],
    man: async (root, { out }) => await writeManPages(root, out),
    notes: async (root, { version }) => [
      releaseNotes(await Deno.readTextFile(`${root}CHANGELOG.md`), version).trimEnd(),
    ],
  };

interface Given extends Origin {
  readonly out: string;
  readonly version: string;
}

const USAGE =
  "usage: deno task -q package npm|file|folder|man|notes [--out FOLDER] [--commit COMMIT | --program FOLDER] [--version VERSION]";

if (import.meta.main) {
  try {
    const { values: { out, commit, program, version }, positionals } = parseArgs({
      args: Deno.args,
      options: {
        out: { type: "string", default: "dist" },
        commit: { type: "string" },
        program: { type: "string" },
        version: { type: "string", default: "Unreleased" },
      },
      allowPositionals: true,
    });
    const [kind] = positionals;
    if (positionals.length !== 1 || !Object.hasOwn(KINDS, kind)) {
      throw new TypeError("what is to be made?");
    }
    if (commit && program) throw new TypeError("a program that was made before names its commit");
    const root = fileURLToPath(new URL("../", import.meta.url));
    const lines = await KINDS[kind](root, { out, commit: commit || null, program, version });
    console.log(lines.join("\n"));
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message : error}`);
    if (!(error instanceof TypeError)) Deno.exit(1);
    console.error(USAGE);
    Deno.exit(2);
  }
}

/** The program with its packages as plain files, for an image that has Deno already. */
async function packageFolder(root: string, out: string, origin: Origin): Promise<string> {
  await Deno.mkdir(out, { recursive: true });
  await makeApp(root, out, origin);
  return out;
}
