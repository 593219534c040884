/**
 * `deno task contracts`: compiles the contracts and writes files that have changed.
 *
 * @module
 */
import { artifactFiles } from "./artifact_files.ts";

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  Deno.mkdirSync(new URL("contracts/artifacts/", root), { recursive: true });
  for (const [path, text] of artifactFiles()) {
    const url = new URL(path, root);
    if (textOf(url) === text) continue;
    Deno.writeTextFileSync(url, text);
    console.log(`wrote ${path}`);
  }
}

function textOf(url: URL): string | null {
  try {
    return Deno.readTextFileSync(url);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw cause;
  }
}
