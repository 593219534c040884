/** The command lines that the pages show, as people copy them. */

const ROOT = new URL("../../", import.meta.url);

/** A line of a code block that a shell would run. */
export interface DocLine {
  /** The page, from the root. */
  readonly page: string;
  /** The number of its block in the page. */
  readonly block: number;
  /** Without prompt and comment; lines that the shell joins are one. */
  readonly line: string;
}

const PROGRAMS =
  /^(?:\w+=\S+ )*(?:crosstown|dist\/crosstown|deno|npx|npm|podman|skopeo|git|cd|tail|export|umask|eval|secret-tool|security)(?= )|^crosstown\(\)/;

/** The pages in the order in which people read them: README, then as docs/README.md lists them, then what agents read. */
export async function docPages(): Promise<string[]> {
  const index = await Deno.readTextFile(new URL("docs/README.md", ROOT));
  const listed = [...index.matchAll(/^\| \[[^\]]+\]\(([\w./-]+\.md)\)/gm)].map(([, path]) =>
    path.startsWith("../") ? path.slice(3) : `docs/${path}`
  );
  return ["README.md", ...listed, "skills/crosstown/SKILL.md"];
}

/**
 * The commands of a page's code blocks. A block without a language is for the shell if its first line is a command; where lines have a
 * prompt, the others are what was printed.
 */
export function docLines(page: string, markdown: string): DocLine[] {
  const blocks = [...markdown.matchAll(/^ *```(.*)\n([^]*?)^ *```$/gm)];
  return blocks.flatMap(([, language, text], block) => {
    if (!["", "sh", "bash"].includes(language)) return [];
    const lines = text.replaceAll(/\\\n\s*/g, "").replaceAll(/\|\n\s*/g, "| ").split("\n")
      .map((line) => line.trim()).filter((line) => line !== "");
    const prompts = lines.filter((line) => line.startsWith("$ "));
    const shown = prompts.length > 0 ? prompts.map((line) => line.slice(2)) : lines;
    if (!PROGRAMS.test(shown[0] ?? "")) return [];
    return shown.map((line) => ({ page, block, line: line.split(/\s+# /)[0] }));
  });
}

/** Every command line of every page. */
export async function allDocLines(): Promise<DocLine[]> {
  const lines: DocLine[] = [];
  for (const page of await docPages()) {
    lines.push(...docLines(page, await Deno.readTextFile(new URL(page, ROOT))));
  }
  return lines;
}
