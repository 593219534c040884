/**
 * The documentation as a static site of the same files: each Markdown page becomes an HTML page, a page's pictures and the files
 * of this repository to which it links come along, files as text, and a folder becomes a list. It needs no server and no JavaScript.
 *
 * @module
 */
import { dirname, join } from "node:path/posix";
import { type Group, layout, relative } from "./layout.ts";
import { type Rendered, renderMarkdown } from "./markdown.ts";

/** A link that leads to nothing that is there. */
export class BrokenLink extends Error {
  override readonly name = "BrokenLink";
}

/** The page that the navigation is made of: its sections and the links in their tables. */
const INDEX = "docs/README.md";

/**
 * Writes the site. Gives the paths of its pages from its top.
 *
 * @param root The repository, with a slash at its end.
 * @param out A folder, made where it is not there; files of the same names are replaced.
 * @throws {BrokenLink} for a link to a file of the repository that is not there
 */
export async function writeSite(root: string, out: string): Promise<readonly string[]> {
  const groups = groupsOf(await Deno.readTextFile(root + INDEX));
  const waiting = ["README.md", INDEX];
  const done = new Set<string>();
  const written: string[] = [];
  const write = async (path: string, content: string | Uint8Array) => {
    const file = join(out, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(
      file,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  };
  for (let source = waiting.shift(); source !== undefined; source = waiting.shift()) {
    if (done.has(source)) continue;
    done.add(source);
    const place = placeOf(source);
    if (!place.endsWith(".html")) {
      await write(place, await Deno.readFile(root + source));
      continue;
    }
    const linkOf = (target: string) => {
      const found = targetOf(root, source, target);
      if (found.source !== null) waiting.push(found.source);
      return found.address;
    };
    await write(place, layout({ path: place, ...await contentOf(root, source, linkOf) }, groups));
    written.push(place);
  }
  await write("style.css", await Deno.readTextFile(new URL("style.css", import.meta.url)));
  return written;
}

/** Where a file or folder of the repository lies in the site. */
function placeOf(source: string): string {
  if (source.endsWith("/")) return `${source}index.html`;
  if (source.endsWith("README.md")) return `${source.slice(0, -"README.md".length)}index.html`;
  if (source.endsWith(".png")) return source;
  // A skill's card is a file for programs, with fields before its text.
  if (source.endsWith(".md") && !source.endsWith("SKILL.md")) {
    return `${source.slice(0, -".md".length)}.html`;
  }
  return `source/${source}.txt`;
}

/** The content of a page, or of a folder without one: its files. */
async function contentOf(
  root: string,
  source: string,
  linkOf: (target: string) => string | null,
): Promise<Rendered> {
  if (!source.endsWith("/")) return renderMarkdown(await Deno.readTextFile(root + source), linkOf);
  const entries = [...Deno.readDirSync(root + source)].sort((a, b) => a.name < b.name ? -1 : 1);
  const items = entries.map(({ name, isDirectory }) =>
    `- [${name}](${name}${isDirectory ? "/" : ""})`
  );
  return renderMarkdown(`# ${source.slice(0, -1)}\n\n${items.join("\n")}\n`, linkOf);
}

/** The address of a link in the site, and the file or folder of the repository that has to be there for it. */
function targetOf(root: string, source: string, target: string): Target {
  if (/^https?:\/\//.test(target)) return { address: target, source: null };
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return { address: null, source: null };
  const [path, heading] = target.split("#");
  const hash = heading === undefined ? "" : `#${heading}`;
  if (path === "") return { address: hash, source: null };
  const whole = within(source, path);
  let found: string;
  try {
    found = Deno.statSync(root + whole).isDirectory ? `${whole}/` : whole;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BrokenLink(`${source} links to ${target}, which is not there`);
  }
  return { address: relative(placeOf(source), placeOf(found)) + hash, source: found };
}

interface Target {
  /** Null for what is shown as text alone. */
  readonly address: string | null;
  /** Null outside of the repository, and on the page itself. */
  readonly source: string | null;
}

/** A link's target from the top of the repository, without a slash at its end. Throws BrokenLink for one that leads out of it. */
function within(source: string, path: string): string {
  const whole = join(dirname(source.replace(/\/$/, "/x")), path).replace(/\/$/, "");
  if (whole.startsWith("..") || whole.startsWith("/")) {
    throw new BrokenLink(`${source} links to ${path}, which is outside of the repository`);
  }
  return whole;
}

/** The navigation: of each section of the index the first link in each row. */
function groupsOf(index: string): readonly Group[] {
  const sections = index.split(/^## /m).slice(1);
  return sections.map((section) => ({
    title: section.split("\n")[0],
    links: [...section.matchAll(/^\| \[([^\]]+)\]\(([^)\s]+)\)/gm)].map(([, text, target]) => ({
      text,
      path: placeOf(join(dirname(INDEX), target)),
    })),
  }));
}
