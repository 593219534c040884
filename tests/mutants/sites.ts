/**
 * Where the product can be broken, one operator or constant at a time, and which of these places a seed chooses.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Replacement } from "./sites_plugin.ts";

/** One place of one file, and the wrong text that replaces it. */
export interface Site extends Replacement {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Its file, its line's text and the replacement, so that it stays the same when other lines change. */
  readonly id: string;
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
      .map((found: { filename: string; message: string }) => {
        const replacement: Replacement = JSON.parse(found.message);
        const file = new URL(found.filename).pathname.slice(root.length + 1);
        return { ...replacement, file };
      })
      .sort((a: Replacement & { file: string }, b: Replacement & { file: string }) =>
        a.file < b.file ? -1 : a.file > b.file ? 1 : a.from - b.from
      )
      .map(placed(root));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Gives each place its line and its id. */
function placed(root: string): (found: Replacement & { file: string }) => Site {
  const texts = new Map<string, string>();
  const times = new Map<string, number>();
  return (found) => {
    const { file, from, until } = found;
    let text = texts.get(file);
    if (text === undefined) texts.set(file, text = Deno.readTextFileSync(`${root}/${file}`));
    // The line of the operator itself: an expression may begin lines above it.
    const before = text.slice(0, from).split("\n");
    const content = text.split("\n")[before.length - 1].trim();
    const what = `${file}: ${content}: ${text.slice(from, until)} -> ${found.text}`;
    const nth = times.get(what) ?? 0;
    times.set(what, nth + 1);
    return { ...found, line: before.length, id: `${what} #${nth}` };
  };
}

/** Chooses `count` of them by the hash of seed and id, so that changes of other lines hardly change the choice. */
export function chosen(sites: readonly Site[], count: number, seed: number): readonly Site[] {
  return sites
    .map((site) => ({
      site,
      rank: createHash("sha256").update(`${seed} ${site.id}`).digest("hex"),
    }))
    .sort((a, b) => a.rank < b.rank ? -1 : 1)
    .slice(0, count)
    .map(({ site }) => site);
}

/** The file's text with the place broken. */
export function broken(
  text: string,
  { from, until, text: replacement }: Pick<Replacement, "from" | "until" | "text">,
): string {
  return text.slice(0, from) + replacement + text.slice(until);
}
