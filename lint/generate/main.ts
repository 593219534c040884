/**
 * `deno task generate [--check]`: writes the parts of other files that repeat the tables in the code: flags and variables in `deno.json`,
 * the Dockerfile, the image's script and the README, the settings with their schema, the bytes of the protocol's example, and the library's
 * report. With `--check` it writes nothing and exits 1 if a file is not current.
 *
 * @module
 */
import {
  configSchemaFile,
  configurationPage,
  denoJson,
  dockerfile,
  imageScript,
  protocolPage,
  readme,
  securityPage,
} from "./documents.ts";
import { libraryNames, libraryReport } from "./library_report.ts";

/** Every generated file, with the function that makes its new text from the present one. */
export const GENERATED: Readonly<Record<string, (text: string, root: URL) => string>> = {
  "deno.json": denoJson,
  "Dockerfile": dockerfile,
  "packaging/image.sh": imageScript,
  "README.md": readme,
  "docs/configuration.md": configurationPage,
  "docs/protocol.md": protocolPage,
  "docs/security.md": securityPage,
  "docs/schema/config.json": configSchemaFile,
  "docs/library.txt": (_, root) =>
    libraryReport(libraryNames("mod.ts", (path) => Deno.readTextFileSync(new URL(path, root)))),
};

/** The files whose text is not up to date, each with its correct text. */
export function stale(root: URL): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [path, make] of Object.entries(GENERATED)) {
    const text = textOf(new URL(path, root));
    const wanted = make(text, root);
    if (wanted !== text) found.set(path, wanted);
  }
  return found;
}

function textOf(file: URL): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

if (import.meta.main) {
  const root = new URL("../../", import.meta.url);
  const check = Deno.args.includes("--check");
  const found = stale(root);
  for (const [path, text] of found) {
    if (!check) await Deno.writeTextFile(new URL(path, root), text);
    console.log(`${path} ${check ? "is not current: deno task generate" : "written"}`);
  }
  if (check && found.size > 0) Deno.exit(1);
}
