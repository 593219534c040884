/**
 * The program as plain JavaScript, with the npm packages that it uses: types are taken out, and the modules that a worker or a command
 * always loads together become one file. A worker starts faster from few files than from hundreds, so each kind of worker has its own.
 *
 * The sources are first made JavaScript in a folder of their own, in which modules name each other by their new names. Then
 * `deno bundle` joins them. Modules that code names by a URL stay files with their names: commands, workers, the command line, the library.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path";
import { isKnown, placeOf, REACH } from "../lint/rooms.ts";
import { compileWithFiles } from "./eager.ts";
import { movedName, moveMain } from "./imports.ts";
import { joinShared } from "./joined.ts";
import { copyPackages } from "./packages.ts";
import { writeNotices } from "./notices.ts";

/** Files that the modules import. */
const IMPORTED = ["contracts/artifacts"];
/** A program that modules import as if it were a module of JavaScript. It stays a file: as text in a module, each worker would hold 0.7 MB more. */
const WASM = "protocols/secp256k1/curve.wasm";
/** Files that the program reads while it runs. */
const DATA = ["fixtures/projects/greeting", "skills/shipped"];
/** Modules that others start with. */
const COMMAND_LINE = "cli.js";
const ENTRIES = [COMMAND_LINE, "mod.js"];
/** Modules of commands that start often, that someone waits for, or that stay. */
const STARTS = [
  "cli",
  "commands/job",
  "commands/daemon/mayor",
  "commands/network/dev",
  "commands/network/relay_status",
  "commands/network/connector_status",
  "commands/doctor/doctor",
  "submit_start",
  "job_submit",
  "open_here",
  "mayor_run",
  "node_run",
  "dev_run",
  "attach",
  "daemon_commands",
  "job_show",
  "config_list",
  "wallet_chain",
  "provider_list",
  "channel_status",
];
/** An empty module, as a second entry: the bundler places a single one in the outer folder, whatever its path is. */
const NO_MODULE = "no_module.js";
/** Stands for the program's folder, seen from the file in which it stands, until that file has its place. */
const HERE = "./__FOLDER_OF_THE_PROGRAM__/";
/** In the bundler's stand-in for `require`, which takes the `require` of its file if there is one. */
const NO_REQUIRE = "Dynamic require of ";
/**
 * Modules of connections. A package names them also where it connects to nothing, or without TLS, so they are loaded at their first use. So is
 * `assert`, at the first assertion that fails.
 */
const LATE = ["assert", "http", "https", "net", "tls", "zlib"];
/** `node:module` would load all of Node's modules into every worker. A package may ask for one that is not there, and goes on without it. */
const REQUIRE = `const late=new Set(${JSON.stringify(LATE)});const require=name=>{` +
  "const load=()=>{const found=process.getBuiltinModule(name);" +
  "if(found===undefined)throw new Error(`${name} is no module of Node`);return found};" +
  "const asserted=(value,...rest)=>{if(!value)load()(value,...rest)};" +
  'const short=name.replace("node:","");if(!late.has(short))return load();' +
  'return new Proxy(short==="assert"?asserted:{},{get:(_,key)=>load()[key]})};';
/** The call of the stand-in for a module of Node. */
const REQUIRED = /(?<![.\w$])[\w$]+\("(node:[a-z_/]+)"\)/g;

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
 * Makes the program of the sources in `root`, in the folder `out`. `deno bundle` fetches its bundler from the npm registry once.
 *
 * @param manifest The program's `deno.json`, which it also reads itself.
 * @throws {Error} a module names a file that is not part of the program, or a package that `deno.json` does not pin, or the bundler made a file
 * that would load all of Node's modules
 */
export async function makeProgram(
  root: string,
  out: string,
  manifest: Readonly<Record<string, unknown>>,
): Promise<void> {
  const work = await Deno.makeTempDir({ prefix: "crosstown-program-" });
  try {
    const sources = await modulesOf(root);
    await deno(root, ["transpile", "--quiet", "--no-check", "--outdir", work, ...sources]);
    for (const path of IMPORTED) await copy(join(root, path), join(work, path));
    await Deno.writeTextFile(join(work, "deno.json"), JSON.stringify(manifest));
    const modules = new Set(sources.map(renamed));
    const entries = new Set(ENTRIES);
    const commands = new Set([COMMAND_LINE]);
    const names = new Set<string>();
    for (const path of modules) {
      const text = withNewNames(await Deno.readTextFile(join(work, path)), path, modules);
      for (const entry of namedByUrl(text, path, modules)) entries.add(entry);
      for (const command of loadedByName(text, path, modules)) commands.add(command);
      for (const name of packagesIn(text)) names.add(name);
      await Deno.writeTextFile(join(work, path), withFixedUrl(text, path));
    }
    const placed = await copyPackages(root, await pinned(root, names), work);
    await Deno.writeTextFile(join(work, NO_MODULE), "export {};\n");
    const main = join(work, "main-thread");
    await bundle(work, main, commands);
    // Alone, because modules that several entries share are files of their own, and a worker reads every file that its entry can reach.
    for (const entry of entries.difference(commands)) await bundle(work, out, [entry, NO_MODULE]);
    await Deno.remove(join(out, NO_MODULE));
    await joinShared(main, join(work, "joined"), {
      starts: STARTS,
      here: HERE,
      moved: (name) => commands.has(name) ? name : movedName(name),
      bundle: (from, to, files) => bundleAgain(work, from, to, files),
    });
    await compileWithFiles(out);
    await moveMain(main, out, commands);
    await settle(out);
    await Deno.writeTextFile(join(out, "deno.json"), JSON.stringify(manifest));
    for (const path of [...DATA, WASM]) await copy(join(root, path), join(out, path));
    await writeNotices(join(work, "node_modules"), placed, join(out, "THIRD_PARTY.txt"));
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function deno(cwd: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd })
    .output();
  if (!success) throw new Error(`deno ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}

/** Joins the modules in `work` that are always loaded together. What starts with an entry begins with the file of its name. */
async function bundle(work: string, out: string, entries: Iterable<string>): Promise<void> {
  await deno(work, [
    ...["bundle", "--external", `${HERE}*`, "--quiet", "--minify", "--keep-names"],
    ...["--code-splitting", "--outdir", out],
    ...[...entries].sort(),
  ]);
}

/** Joins what the bundler has made before. Functions have their names already. */
async function bundleAgain(
  work: string,
  from: string,
  out: string,
  files: readonly string[],
): Promise<void> {
  await deno(work, [
    ...["bundle", "--external", `${HERE}*`, "--quiet", "--minify", "--code-splitting"],
    ...["--outdir", out],
    ...files.map((file) => join(from, file)),
  ]);
}

/** Gives every file of the program the way from it to the program's folder, and CommonJS packages Node's own modules. */
async function settle(out: string, folder = "", depth = 0): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(join(out, folder))) {
    const path = join(folder, name);
    if (isDirectory) await settle(out, path, depth + 1);
    else if (name.endsWith(".js")) {
      const text = withImports(await Deno.readTextFile(join(out, path)));
      // All of Node's modules would be loaded: 20 ms of each start.
      if (text.includes(`"node:module"`)) throw new Error(`${path} imports node:module`);
      await Deno.writeTextFile(join(out, path), text.replaceAll(HERE, "../".repeat(depth) || "./"));
    }
  }
}

/**
 * Imports the modules of Node that the CommonJS packages in a file require. `process.getBuiltinModule` would load `node:process` with them,
 * which costs a worker 9 ms and 4 MB.
 */
export function withImports(text: string): string {
  const names = new Map<string, string>();
  const imported = text.replace(REQUIRED, (call, name: string) => {
    if (LATE.includes(name.slice("node:".length))) return call;
    if (!names.has(name)) names.set(name, `__required_${names.size}`);
    return names.get(name)!;
  });
  const imports = [...names].map(([name, local]) => `import ${local} from"${name}";`);
  return imports.join("") + (text.includes(NO_REQUIRE) ? REQUIRE : "") + imported;
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

/** Modules that code names otherwise than by an import: of workers, of commands, of a process of its own. */
export function namedByUrl(
  text: string,
  path: string,
  modules: ReadonlySet<string>,
): readonly string[] {
  return [...withoutComments(text).matchAll(NAMED_BY_URL)]
    .map(([, name]) => normalize(join(dirname(path), name)))
    .filter((target) => modules.has(target));
}

/** The modules that the main thread loads by their names, as the table of commands does. */
function loadedByName(text: string, path: string, modules: ReadonlySet<string>): readonly string[] {
  return [...withoutComments(text).matchAll(LOADED_BY_NAME)]
    .map(([, name]) => normalize(join(dirname(path), name)))
    .filter((target) => modules.has(target));
}

/** The same text, in which `import.meta.url` is that of the module itself, whichever file it becomes a part of. */
export function withFixedUrl(text: string, path: string): string {
  return text.replaceAll(
    "import.meta.url",
    `new URL("${HERE}${path}", import.meta.url).href`,
  ).replaceAll(`"./curve.wasm"`, `"${HERE}${WASM}"`);
}

/** A module's name in a call that is no import. */
const NAMED_BY_URL = /(?<!\bimport)\(\s*["'](\.{1,2}\/[^"'\n]*\.js)["']/g;

/** A module's name in a call that loads it. */
const LOADED_BY_NAME = /\bload\(\s*["'](\.{1,2}\/[^"'\n]*\.js)["']/g;

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
  return [...withoutComments(text).matchAll(BARE)]
    .map(([, name]) => name)
    .filter((name) => !name.startsWith("node:"))
    .map((name) => name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/"));
}

function withoutComments(text: string): string {
  return text.replace(/^\s*(\*|\/\*|\/\/).*$/gm, "");
}

/** The version of each package, or another package's where the name is an alias. */
async function pinned(
  root: string,
  names: ReadonlySet<string>,
): Promise<Readonly<Record<string, string>>> {
  const { imports } = await readManifest(root);
  const pin = (name: string) => {
    const target = imports[name] ?? imports[`${name}/`];
    const found = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)\/?$/.exec(target ?? "");
    if (found === null) throw new Error(`deno.json pins no ${name}`);
    return found[1] === name ? found[2] : `npm:${found[1]}@${found[2]}`;
  };
  return Object.fromEntries([...names].sort().map((name) => [name, pin(name)]));
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.lstat(from);
  if (!isDirectory) {
    await Deno.mkdir(dirname(to), { recursive: true });
    return await Deno.copyFile(from, to);
  }
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}
