/**
 * The npm packages of a program as plain folders, without links: each on top where it can be, beneath the package that needs it where
 * another version is on top already. Of a package only what is run is copied.
 *
 * @module
 */
import { dirname, join } from "node:path";

/** Folders of a package that the program never loads: types, tests, texts, and CommonJS copies of modules. */
const LEFT_OUT_FOLDERS = new Set(["_cjs", "_types", "test", "tests", "docs", ".bin"]);
const TAKEN = /\.(js|cjs|mjs|json|wasm)$/;

/** Packages of this scope need nothing of Node. */
const PURE_SCOPE = "@noble/";

/** A package that lies somewhere below `node_modules`. */
interface Installed {
  readonly version: string;
  /** Its real folder. */
  readonly folder: string;
  readonly dependencies: readonly string[];
}

/**
 * Copies packages and all that they need from the `node_modules` of `root`, as `deno install` makes it, to that of `out`.
 *
 * @param wanted By the name in imports: a version, or `npm:NAME@VERSION` where that name is an alias.
 * @returns Each folder below `out/node_modules`, with the version in it.
 * @throws {Error} a package is not installed
 */
export async function copyPackages(
  root: string,
  wanted: Readonly<Record<string, string>>,
  out: string,
): Promise<ReadonlyMap<string, string>> {
  const placed = new Map<string, string>();
  const open: { readonly installed: Installed; readonly place: string }[] = [];
  const put = async (installed: Installed, name: string, beneath: string | null) => {
    // What is nearest is what Node finds.
    const seen = [...upward(beneath, name), name].find((each) => placed.has(each));
    if (seen !== undefined && placed.get(seen) === installed.version) return;
    const place = seen === undefined ? name : `${beneath}/node_modules/${name}`;
    placed.set(place, installed.version);
    await copyRun(installed.folder, join(out, "node_modules", place));
    open.push({ installed, place });
  };
  for (const [alias, version] of Object.entries(wanted)) {
    const [name, exact] = /^npm:(.+)@([^@]+)$/.exec(version)?.slice(1) ?? [alias, version];
    const own = `.deno/${name.replaceAll("/", "+")}@${exact}/node_modules`;
    await put(await installedAt(join(root, "node_modules", own), name), alias, null);
  }
  // All that one package needs is placed before what those need: nothing comes between a package and what it found further up.
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { installed, place } = next;
    for (const name of installed.dependencies) {
      await put(await installedAt(dirname(installed.folder), name), name, place);
    }
  }
  return placed;
}

/** `a/node_modules/b` beneath which `c` is looked for: in itself, then in `a`. */
function upward(beneath: string | null, name: string): string[] {
  const parts = beneath?.split("/node_modules/") ?? [];
  return parts.map((_, above) =>
    [...parts.slice(0, parts.length - above), name].join("/node_modules/")
  );
}

/** A package keeps those that it needs beside itself; a scoped one is a folder deeper. */
async function installedAt(beside: string, name: string): Promise<Installed> {
  const places = [beside, dirname(beside)].map((folder) => join(folder, name));
  for (const place of places) {
    try {
      const folder = await Deno.realPath(place);
      const manifest = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
      const { version, dependencies = {}, optionalDependencies = {} } = manifest;
      const needed = Object.keys(dependencies).filter((each) => !(each in optionalDependencies));
      return { version, folder, dependencies: needed };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`${name} is not installed; run 'deno install'`);
}

async function copyRun(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (isDirectory && name !== "node_modules" && !LEFT_OUT_FOLDERS.has(name)) {
      await copyRun(join(from, name), join(to, name));
    } else if (isFile && name === "package.json") {
      await Deno.writeTextFile(
        join(to, name),
        forAnyPlatform(await Deno.readTextFile(join(from, name))),
      );
    } else if (isFile && (TAKEN.test(name) || /^licen[cs]e/i.test(name))) {
      await Deno.copyFile(join(from, name), join(to, name));
    }
  }
}

/**
 * The manifest without the modules that a package offers only to Node, where it offers others to everybody. Those of `@noble/hashes` do the
 * same without `node:crypto`, which takes a worker about 2 MB and longer to load than the rest of the package.
 */
function forAnyPlatform(manifest: string): string {
  const { exports, ...rest } = JSON.parse(manifest);
  if (!String(rest.name).startsWith(PURE_SCOPE) || exports === undefined) return manifest;
  const kept = Object.entries(exports).map(([path, target]) => {
    if (target === null || typeof target !== "object") return [path, target];
    const { node: _, ...others } = target as Record<string, unknown>;
    return [path, Object.keys(others).length === 0 ? target : others];
  });
  return JSON.stringify({ ...rest, exports: Object.fromEntries(kept) });
}
