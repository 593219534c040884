/**
 * The program as an executable by Deno's own compiler, with exactly the permissions of the task: the program as JavaScript, its
 * workers, packages and WebAssembly are inside. It is made for any target on any machine, where Deno can fetch its runtime for that
 * target, or `DENORT_BIN` names one.
 *
 * @module
 */
import { join } from "node:path";
import { runFlags, START_FLAGS } from "../shell/run_flags.ts";
import { makeApp, type Origin } from "./contents.ts";

/** What can be made: Deno's name of a target, and ours of the file. */
export const TARGETS: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "crosstown-linux-x64",
  "aarch64-unknown-linux-gnu": "crosstown-linux-arm64",
  "x86_64-apple-darwin": "crosstown-macos-x64",
  "aarch64-apple-darwin": "crosstown-macos-arm64",
  "x86_64-pc-windows-msvc": "crosstown-windows-x64.exe",
};

/**
 * Compiles for the targets into `out`; gives the paths.
 *
 * @throws {Error} a target that is none, or what the compiler says
 */
export async function compileProgram(
  root: string,
  out: string,
  targets: readonly string[],
  origin: Origin = {},
): Promise<readonly string[]> {
  const unknown = targets.find((target) => !Object.hasOwn(TARGETS, target));
  if (unknown !== undefined) {
    throw new Error(`there is no target ${unknown}: ${Object.keys(TARGETS).join(", ")}`);
  }
  const app = await Deno.makeTempDir({ prefix: "crosstown-compile-" });
  try {
    await makeApp(root, app, origin);
    // Inside the executable nothing can be started: a chain is looked for on the PATH.
    await Deno.remove(join(app, "node_modules", "@foundry-rs"), { recursive: true })
      .catch(unlessMissing);
    await Deno.mkdir(out, { recursive: true });
    const made = [];
    for (const target of targets) {
      const file = join(await Deno.realPath(out), TARGETS[target]);
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["compile", ...compileFlags(), "--target", target, "--output", file, "cli.js"],
        cwd: app,
        env: { NO_COLOR: "1" },
        stdout: "null",
      }).output();
      if (!success) throw new Error(reasonOf(target, new TextDecoder().decode(stderr)));
      made.push(file);
    }
    return made;
  } finally {
    await Deno.remove(app, { recursive: true });
  }
}

/** How it is compiled. The executable starts itself again by the name that it has on the `PATH`. */
function compileFlags(): string[] {
  const permissions = runFlags("crosstown").filter((flag) => !START_FLAGS.includes(flag));
  const ignored = START_FLAGS.find((flag) => flag.startsWith("--ignore-env="))!;
  return [
    ...["--quiet", "--no-check", "--cached-only", "--no-prompt", ignored],
    ...["--config", "deno.json", "--include", "."],
    ...permissions,
  ];
}

function reasonOf(target: string, text: string): string {
  return /denort|dl\.deno\.land/.test(text)
    ? `Deno's runtime for ${target} cannot be fetched; name one with DENORT_BIN (denort of Deno ${Deno.version.deno})`
    : `deno compile failed for ${target}: ${text}`;
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) {
  const { fileURLToPath } = await import("node:url");
  const { parseArgs } = await import("node:util");
  try {
    const { values: { out, target, all, program } } = parseArgs({
      args: Deno.args,
      options: {
        out: { type: "string", default: "dist" },
        target: { type: "string", multiple: true, default: [Deno.build.target] },
        all: { type: "boolean", default: false },
        program: { type: "string" },
      },
    });
    const root = fileURLToPath(new URL("../", import.meta.url));
    const targets = all ? Object.keys(TARGETS) : target;
    const made = await compileProgram(root, out, targets, { program });
    for (const file of made) console.log(file);
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message : error}`);
    console.error(
      "usage: deno task compile [--out FOLDER] [--all | --target TARGET...] [--program FOLDER]",
    );
    Deno.exit(1);
  }
}
