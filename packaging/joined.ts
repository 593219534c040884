/**
 * Joins the shared files of the main thread. The bundler makes a file for each set of entries that share modules. Over a hundred commands
 * and modules that are loaded late are entries, so it makes hundreds of small files, and each that a command reads takes 0.1 ms. Files that
 * the same starts read become one file. Files that no start reads stay as they are. A start reads the same modules as before. Other commands
 * also read modules that they do not need.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path";

/** A shared file, as the bundler names it. */
const SHARED = /^chunk-[0-9A-Z]{8}\.js$/;
/** `from"./x.js"` and `import"./x.js"`, not `import("./x.js")`. */
const STATIC = /\b(?:from|import)\s*"(\.{1,2}\/[^"\n]*\.js)"/g;
/** `import{a as b}from"./x.js"`, with its names. */
const WITH_NAMES = /\bimport\s*\{([^}]*)\}\s*from\s*"(\.{1,2}\/[^"\n]*\.js)"/g;
/** `import"./x.js"` and `import("./x.js")`, up to the name. */
const WITHOUT_NAMES = /\b(import\s*\(?\s*)"(\.{1,2}\/[^"\n]*\.js)"/g;
/** What a shared file exports: its last statement, before licenses. */
const EXPORTS = /\bexport\s*\{([^}]*)\}\s*;/g;

/** The `require` of its own file, in the bundler's stand-in for it. */
const OWN_REQUIRE = /(?<=\btypeof |\?|\breturn )require\b(?=[<:.])/g;
/** Stands for it while files are joined: the bundler would import `node:module` for it, which loads all of Node's modules. */
const HIDDEN_REQUIRE = "__require_of_this_file";

/** How the files become one. */
export interface Joining {
  /** The modules whose starts count, by the names of their files without the bundler's hash and `.js`. */
  readonly starts: readonly string[];
  /** Stands for the folder into which a file of `from` is moved, in a file at any depth. */
  readonly here: string;
  /** The name under which a file of the outer folder is moved. */
  readonly moved: (name: string) => string;
  /** Joins the modules of each entry, except those that it names by `here`. */
  readonly bundle: (from: string, out: string, entries: readonly string[]) => Promise<void>;
}

/**
 * Joins them in the folder `from`, with `work` for what is needed meanwhile.
 *
 * @throws {Error} there is no module of a start
 */
export async function joinShared(
  from: string,
  work: string,
  { starts, here, moved, bundle }: Joining,
): Promise<void> {
  const texts = await textsIn(from);
  const groups = groupsOf(texts, starts);
  const groupOf = new Map(
    groups.flatMap((members, at) => members.map((name): [string, number] => [name, at])),
  );
  const nameOf = (group: number) => `joined-${group}.js`;
  const members = groups.flat();
  await Deno.mkdir(work, { recursive: true });
  for (const [path, text] of texts) {
    const own = groupOf.get(path);
    const renamed = withGroups(text, path, (target) => {
      const group = groupOf.get(target);
      if (group === undefined) {
        // A joined file is made in another folder.
        return own === undefined || !texts.has(target)
          ? null
          : { name: here + (target.includes("/") ? target : moved(target)) };
      }
      if (group === own) return null;
      return { name: here + moved(nameOf(group)), prefix: prefixOf(members.indexOf(target)) };
    });
    const hidden = own === undefined ? renamed : renamed.replace(OWN_REQUIRE, HIDDEN_REQUIRE);
    await Deno.writeTextFile(join(own === undefined ? from : work, path), hidden);
    if (own !== undefined) await Deno.remove(join(from, path));
  }
  for (const [at, group] of groups.entries()) {
    const lines = group.map((name) => {
      const exported = exportsOf(texts.get(name)!)
        .map((each) => `${each} as ${prefixOf(members.indexOf(name))}${each}`);
      return exported.length === 0
        ? `import "./${name}";\n`
        : `export { ${exported.join(", ")} } from "./${name}";\n`;
    });
    await Deno.writeTextFile(join(work, nameOf(at)), lines.join(""));
  }
  const entries = groups.map((_, at) => nameOf(at));
  await bundle(work, from, entries);
  for (const [path, text] of await textsIn(from)) {
    if (!text.includes(HIDDEN_REQUIRE)) continue;
    await Deno.writeTextFile(join(from, path), text.replaceAll(HIDDEN_REQUIRE, "require"));
  }
}

function prefixOf(member: number): string {
  return `m${member}_`;
}

/** The modules in a folder, by their paths in it. */
export async function textsIn(folder: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const visit = async (within: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(join(folder, within))) {
      const path = join(within, name);
      if (isDirectory) await visit(path);
      else if (name.endsWith(".js")) texts.set(path, await Deno.readTextFile(join(folder, path)));
    }
  };
  await visit("");
  return texts;
}

/** The shared files that one of the starts reads, in groups of those that the same starts read. */
export function groupsOf(
  texts: ReadonlyMap<string, string>,
  starts: readonly string[],
): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  const read = starts.map((start) => {
    const entry = [...texts.keys()].find((path) =>
      path.replace(/(-[0-9A-Z]{8})?\.js$/, "") === start
    );
    if (entry === undefined) throw new Error(`the program has no module ${start} to start with`);
    return readBy(texts, entry);
  });
  for (const path of [...texts.keys()].sort()) {
    if (!SHARED.test(path)) continue;
    const readers = read.flatMap((paths, at) => paths.has(path) ? [at] : []).join();
    if (readers !== "") groups.set(readers, [...groups.get(readers) ?? [], path]);
  }
  return [...groups.values()];
}

/** Every file that is read at once with this one. */
function readBy(texts: ReadonlyMap<string, string>, entry: string): ReadonlySet<string> {
  const read = new Set([entry]);
  for (const path of read) {
    for (const target of importsOf(texts, path)) read.add(target);
  }
  return read;
}

/** The modules that one imports at once. */
export function importsOf(texts: ReadonlyMap<string, string>, path: string): readonly string[] {
  return [...texts.get(path)!.matchAll(STATIC)]
    .map(([, name]) => normalize(join(dirname(path), name)))
    .filter((target) => texts.has(target));
}

/** The same text with other names of files, and of what they export. `place` returns null for a file that keeps its name. */
export function withGroups(
  text: string,
  path: string,
  place: (target: string) => { readonly name: string; readonly prefix?: string } | null,
): string {
  const placed = (name: string) => place(normalize(join(dirname(path), name)));
  const named = text.replace(WITH_NAMES, (whole, names: string, name: string) => {
    const found = placed(name);
    if (found === null) return whole;
    const imported = names.split(",").map((each) => {
      const [exported, local = exported] = each.trim().split(/\s+as\s+/);
      return `${found.prefix ?? ""}${exported} as ${local}`;
    });
    return `import{${imported.join(",")}}from"${found.name}"`;
  });
  return named.replace(WITHOUT_NAMES, (whole, start: string, name: string) => {
    const found = placed(name);
    return found === null ? whole : `${start}"${found.name}"`;
  });
}

function exportsOf(text: string): readonly string[] {
  const [, names = ""] = [...text.matchAll(EXPORTS)].at(-1) ?? [];
  return names.split(",").map((each) => each.trim().split(/\s+as\s+/).at(-1)!)
    .filter((name) => name !== "");
}
