/**
 * `deno task docs [--out FOLDER]`: the documentation as a static site, `dist/site` unless told.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeSite } from "./site.ts";

try {
  const { values: { out } } = parseArgs({
    options: { out: { type: "string", default: "dist/site" } },
  });
  const pages = await writeSite(fileURLToPath(new URL("../../", import.meta.url)), out);
  console.log(`${pages.length} pages: ${out}/index.html`);
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : error}`);
  if (!(error instanceof TypeError)) Deno.exit(1);
  console.error("usage: deno task -q docs [--out FOLDER]");
  Deno.exit(2);
}
