/**
 * Where the product can be broken, one operator or constant at a time, and which of these places a seed chooses.
 *
 * @module
 */
import { randomOf } from "../crash/schedule.ts";
import type { Replacement } from "./sites_plugin.ts";

/** One place of one file, and what it is broken into. */
export interface Site extends Replacement {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** All places of these folders, in the order of their paths. */
export async function sitesOf(root: string, folders: readonly string[]): Promise<readonly Site[]> {
  const folder = await Deno.makeTempDir({ prefix: "mutants-sites-" });
  try {
    const config = `${folder}/deno.json`;
    await Deno.writeTextFile(
      config,
      JSON.stringify({
        lint: {
          plugins: [new URL("./sites_plugin.ts", import.meta.url).href],
          rules: { tags: [], include: ["mutants/sites"] },
        },
      }),
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["lint", "--json", "--config", config, ...folders.map((name) => `${root}/${name}`)],
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (!text.startsWith("{")) throw new Error(new TextDecoder().decode(stderr));
    const { diagnostics, errors } = JSON.parse(text);
    if (errors.length > 0) throw new Error(errors[0].message);
    return diagnostics
      .filter(({ code }: { code: string }) => code === "mutants/sites")
      .map((found: { filename: string; message: string; range: { start: { line: number } } }) => {
        const replacement: Replacement = JSON.parse(found.message);
        const file = new URL(found.filename).pathname.slice(root.length + 1);
        return { file, line: 0, ...replacement };
      })
      .map((site: Site) => ({ ...site, line: lineOf(`${root}/${site.file}`, site.from) }))
      .sort((a: Site, b: Site) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.from - b.from);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const texts = new Map<string, string>();

/** The line of the operator itself: an expression may begin lines above it. */
function lineOf(path: string, offset: number): number {
  let text = texts.get(path);
  if (text === undefined) texts.set(path, text = Deno.readTextFileSync(path));
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
  }
  return line;
}

/** `count` of them, the same for the same seed and the same places. */
export function chosen(sites: readonly Site[], count: number, seed: number): readonly Site[] {
  const random = randomOf(seed);
  const left = [...sites];
  const picked: Site[] = [];
  while (picked.length < count && left.length > 0) {
    picked.push(left.splice(random(left.length), 1)[0]);
  }
  return picked;
}

/** The file's text with the place broken. */
export function broken(text: string, { from, until, text: replacement }: Replacement): string {
  return text.slice(0, from) + replacement + text.slice(until);
}
