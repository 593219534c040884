/**
 * What is changed in the files that the bundler has made.
 *
 * @module
 */
import { join } from "node:path";

/**
 * The bundler's helper that gives a function the name that it has in the sources. Every named function is passed through it, also those that
 * are made for each packet.
 */
const NAMES = /(?<==)\(([\w$]+),([\w$]+)\)=>([\w$]+)\(\1,"name",\{value:\2,configurable:!0\}\)/g;
/** The same in a form that is not known here. */
const ANY_NAMES = /"name",\{value:[\w$]+,configurable:(?:!0|true)\}/g;
/** How many functions of a worker get their names: all that it loads at its start, so that the lines of an error can be read. */
const NAMED = 10_000;
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

/**
 * Gives every file of the program in `out` the way from it to the program's folder, where `here` stands for it, and CommonJS packages Node's
 * own modules, and bounds how many functions get their names.
 *
 * @throws {Error} a file would load all of Node's modules, or the bundler names functions in a way that is not known here
 */
export async function settle(out: string, here: string): Promise<void> {
  if (await settleFolder(out, here, "", 0) === 0) {
    throw new Error("no file of the bundler has a helper that names functions");
  }
}

/** Returns how many helpers were found. */
async function settleFolder(
  out: string,
  here: string,
  folder: string,
  depth: number,
): Promise<number> {
  let helpers = 0;
  for await (const { name, isDirectory } of Deno.readDir(join(out, folder))) {
    const path = join(folder, name);
    if (isDirectory) helpers += await settleFolder(out, here, path, depth + 1);
    else if (name.endsWith(".js")) {
      const text = await Deno.readTextFile(join(out, path));
      const way = depth === 0 ? "./" : "../".repeat(depth);
      const [known, all] = [NAMES, ANY_NAMES].map((each) => text.match(each)?.length ?? 0);
      if (known !== all) throw new Error(`${path} names functions in another way`);
      helpers += known;
      const settled = withImports(withFewNames(text)).replaceAll(here, way);
      // All of Node's modules would be loaded: 20 ms of each start.
      if (settled.includes(`"node:module"`)) throw new Error(`${path} imports node:module`);
      if (settled !== text) await Deno.writeTextFile(join(out, path), settled);
    }
  }
  return helpers;
}

/**
 * The same text, where the bundler's helper gives only so many functions a name. It sets a property, and without that relay, connector and
 * provider take a twentieth less processor time.
 */
export function withFewNames(text: string, named = NAMED): string {
  return text.replace(
    NAMES,
    `(left=>($1,$2)=>left>0?(left--,$3($1,"name",{value:$2,configurable:!0})):$1)(${named})`,
  );
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
