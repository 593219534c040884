/**
 * The program as plain JavaScript in the shape of its sources: what is not TypeScript is copied, types are taken out, and modules name
 * each other by their new names. Deno takes types out itself everywhere but in `node_modules`, where an installed package lies.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path";
import { isKnown, placeOf, REACH } from "../lint/rooms.ts";

/** What a program of its own needs beside the modules. */
const DATA = [
  "contracts/artifacts",
  "protocols/secp256k1/curve.wasm",
  "fixtures/projects/greeting",
];

/** What was made. */
export interface Program {
  /** Where it lies; `cli.js` in it is the command, `mod.js` the library. */
  readonly folder: string;
  /** Every module, from the folder. */
  readonly modules: readonly string[];
  /** The npm packages that the modules name, and which version of each. */
  readonly packages: Readonly<Record<string, string>>;
}

/** The part of `deno.json` that is read. */
export interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly unstable: readonly string[];
  readonly imports: Readonly<Record<string, string>>;
}

/** Reads the manifest of the sources. */
export async function readManifest(root: string): Promise<Manifest> {
  return JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
}

/**
 * Makes the program of the sources in `root`, in the empty folder `out`.
 *
 * @throws {Error} a module names a file that is not part of the program, or a package that `deno.json` does not pin
 */
export async function makeProgram(root: string, out: string): Promise<Program> {
  const sources = await modulesOf(root);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["transpile", "--quiet", "--no-check", "--outdir", out, ...sources],
    cwd: root,
  }).output();
  if (!success) throw new Error(`deno transpile failed: ${new TextDecoder().decode(stderr)}`);
  for (const path of DATA) await copy(join(root, path), join(out, path));
  const modules = sources.map(renamed);
  const names = new Set<string>();
  for (const path of modules) {
    const text = await Deno.readTextFile(join(out, path));
    await Deno.writeTextFile(join(out, path), withNewNames(text, path, new Set(modules)));
    for (const name of packagesIn(text)) names.add(name);
  }
  const { imports } = await readManifest(root);
  const packages: Record<string, string> = {};
  for (const name of [...names].sort()) packages[name] = pinned(name, imports);
  return { folder: out, modules, packages };
}

/** The modules of the rooms, without the compiler of contracts. */
async function modulesOf(root: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string) => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(join(root, folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await visit(path);
      else if (isFile && name.endsWith(".ts") && isKnown(path) && placeOf(path) !== null) {
        found.push(path);
      }
    }
  };
  for (const room of Object.keys(REACH)) {
    if (room === "cli" || room === "mod") found.push(`${room}.ts`);
    else await visit(room);
  }
  return found.sort();
}

function renamed(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

/** Texts that name a module: `./x.ts` and `../x.ts`, in whatever call they stand. */
const OWN_MODULE = /(["'])(\.{1,2}\/[^"'\n]*)\.ts\1/g;
/** What is imported by a bare name. */
const BARE = /(?:\bfrom\s*|\bimport\s*\(?\s*)["']([@\w][@\w./:-]*)["']/g;

/** The same text with modules under their new names. A name in a comment stays as it is unless it is a module's. */
export function withNewNames(text: string, path: string, modules: ReadonlySet<string>): string {
  return text.replace(OWN_MODULE, (whole, quote: string, name: string, at: number) => {
    const target = normalize(join(dirname(path), `${name}.js`));
    if (modules.has(target)) return `${quote}${name}.js${quote}`;
    const line = text.slice(text.lastIndexOf("\n", at) + 1, at);
    if (/^\s*(\*|\/\/|\/\*)/.test(line)) return whole;
    throw new Error(`${path} names ${name}.ts, which is no part of the program`);
  });
}

/** The packages of a module: `viem/utils` is of `viem`, `@noble/hashes/sha2.js` of `@noble/hashes`. */
export function packagesIn(text: string): string[] {
  const code = text.replace(/^\s*(\*|\/\*|\/\/).*$/gm, "");
  return [...code.matchAll(BARE)]
    .map(([, name]) => name)
    .filter((name) => !name.startsWith("node:"))
    .map((name) => name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/"));
}

/** As `package.json` has it: a version, or another package's where the name is an alias. */
function pinned(name: string, imports: Manifest["imports"]): string {
  const target = imports[name] ?? imports[`${name}/`];
  const found = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)\/?$/.exec(target ?? "");
  if (found === null) throw new Error(`deno.json pins no ${name}`);
  return found[1] === name ? found[2] : `npm:${found[1]}@${found[2]}`;
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.lstat(from);
  if (!isDirectory) {
    await Deno.mkdir(dirname(to), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}
