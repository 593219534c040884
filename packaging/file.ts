/**
 * The program in one file: a script (`self_extracting.sh`) with Deno, the program, its packages and the dev network's chain behind it.
 * It is for the system and processor on which it is made.
 *
 * @module
 */
import { join } from "node:path";
import { runFlags } from "../shell/run_flags.ts";
import { startLines } from "../shell/start_script.ts";
import { archive, copyExecutable, DENO_VERSION, makeApp, type Origin } from "./contents.ts";
import { readManifest } from "./program.ts";

/** Digits of the hash in the name of the folder into which it is unpacked. */
const NAME_DIGITS = 16;

/**
 * Makes `crosstown` in `out`; gives its path.
 *
 * @throws {Error} not on Linux, or with another Deno than the pinned one
 */
export async function packageFile(
  root: string,
  out: string,
  origin: Origin = {},
): Promise<string> {
  const { os, arch } = Deno.build;
  if (os !== "linux") throw new Error("the file is for Linux and made there");
  if (Deno.version.deno !== DENO_VERSION) {
    throw new Error(`needs Deno ${DENO_VERSION}, which becomes a part of the file`);
  }
  const work = await Deno.makeTempDir({ prefix: "crosstown-file-" });
  try {
    const payload = join(work, "payload");
    const app = join(payload, "app");
    await Deno.mkdir(app, { recursive: true });
    const chain = await makeApp(root, app, origin);
    await copyExecutable(Deno.execPath(), join(payload, "bin", "deno"));
    const programs = ["bin/deno", ...chain.map((path) => `app/${path}`)];
    const { version } = await readManifest(root);
    const sums = await sumsOf(payload, "app", programs);
    await Deno.writeTextFile(join(payload, "sums"), sums);
    await archive(payload, join(work, "payload.tgz"), ["app", "bin", "sums"]);
    const bytes = await Deno.readFile(join(work, "payload.tgz"));
    const sha256 = await sha256Of(bytes);
    const script = scriptOf(
      await Deno.readTextFile(join(root, "packaging", "self_extracting.sh")),
      {
        VERSION: version,
        TARGET: `${os} ${arch}`,
        PAYLOAD_BYTES: String(bytes.length),
        PAYLOAD_SHA256: sha256,
        PROGRAM_SUMS: (await sumsOfFiles(payload, programs)).trimEnd(),
        SUMS_SHA256: await sha256Of(new TextEncoder().encode(sums)),
        PROGRAMS: programs.join(" "),
        NAME: `${version}-${sha256.slice(0, NAME_DIGITS)}`,
      },
    );
    await Deno.mkdir(out, { recursive: true });
    const made = join(out, `.crosstown-${crypto.randomUUID()}`);
    await Deno.writeFile(made, script);
    await Deno.writeFile(made, bytes, { append: true });
    await Deno.chmod(made, 0o755);
    await Deno.rename(made, join(out, "crosstown"));
    return join(out, "crosstown");
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/**
 * The script with its blanks filled. The number of its own bytes is padded, so that it does not change that number.
 *
 * @throws {Error} a blank is left
 */
export function scriptOf(template: string, blanks: Readonly<Record<string, string>>): Uint8Array {
  const deno = '"$dir/bin/deno"';
  const flags = runFlags("{deno}").map((flag) => `'${flag.replace("{deno}", `'${deno}'`)}'`);
  const start = startLines({ deno, app: '"$dir"/app', flags });
  const filled = Object.entries({ ...blanks, START: start }).reduce(
    (text, [name, value]) => text.replaceAll(`@${name}@`, value),
    template,
  );
  const place = "@SCRIPT_BYTES@";
  const left = filled.replace(place, "").match(/@[A-Z_0-9]+@/);
  if (left !== null) throw new Error(`nothing was given for ${left[0]}`);
  const bytes = new TextEncoder().encode(filled).length;
  return new TextEncoder().encode(filled.replace(place, String(bytes).padEnd(place.length)));
}

/** As `sha256sum -c` reads it, ordered by path. */
async function sumsOf(
  root: string,
  folder: string,
  without: readonly string[],
): Promise<string> {
  const files: string[] = [];
  const visit = async (path: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, path))) {
      if (isDirectory) await visit(`${path}/${name}`);
      else if (!without.includes(`${path}/${name}`)) files.push(`${path}/${name}`);
    }
  };
  await visit(folder);
  return await sumsOfFiles(root, files.sort());
}

async function sumsOfFiles(root: string, files: readonly string[]): Promise<string> {
  const lines = files.map(async (path) =>
    `${await sha256Of(await Deno.readFile(join(root, path)))}  ${path}\n`
  );
  return (await Promise.all(lines)).join("");
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
