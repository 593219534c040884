/**
 * The licences of the packages whose code is part of the program.
 *
 * @module
 */
import { join } from "node:path";

/**
 * Writes a text with each package's name, version and licence to `file`.
 *
 * @param placed Each folder below `packages`, with the version in it.
 */
export async function writeNotices(
  packages: string,
  placed: ReadonlyMap<string, string>,
  file: string,
): Promise<void> {
  const notices = new Map<string, string>();
  for (const [place, version] of placed) {
    const folder = join(packages, place);
    const { name, license } = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
    const title = `${name} ${version}: ${license ?? "see below"}`;
    notices.set(title, `${title}\n\n${await licenceIn(folder)}`.trimEnd());
  }
  const line = "-".repeat(80);
  const texts = [...notices.keys()].sort().map((title) => notices.get(title)!);
  await Deno.writeTextFile(
    file,
    [
      "The program contains code of these packages.",
      ...texts.map((text) => `${line}\n${text}`),
    ].join("\n\n") + "\n",
  );
}

/** The text of a package's licence; empty where the package has no such file. */
async function licenceIn(folder: string): Promise<string> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && /^licen[cs]e/i.test(name)) return await Deno.readTextFile(join(folder, name));
  }
  return "";
}
