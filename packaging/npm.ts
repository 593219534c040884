/**
 * The npm package: `npx crosstown demo`, `npm i -g crosstown`. It contains the packages that it uses, depends on the pinned Deno alone, and
 * runs nothing when it is installed.
 *
 * @module
 */
import { basename, join } from "node:path";
import { runFlags } from "../shell/run_flags.ts";
import { WATCHER_FLAG } from "../shell/start_script.ts";
import { archive, CHAIN_PACKAGE, DENO_VERSION, type Origin, placeProgram } from "./contents.ts";
import { writeManPages } from "./man_pages.ts";
import { type Manifest, readManifest } from "./program.ts";

/** Makes `crosstown-VERSION.tgz` in `out`; gives its path. */
export async function packageNpm(
  root: string,
  out: string,
  origin: Origin = {},
): Promise<string> {
  const work = await Deno.makeTempDir({ prefix: "crosstown-npm-" });
  try {
    const folder = join(work, "package");
    await Deno.mkdir(join(folder, "bin"), { recursive: true });
    await placeProgram(root, folder, origin);
    const manifest = await readManifest(root);
    const write = (name: string, value: unknown) =>
      Deno.writeTextFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
    const pages = await writeManPages(root, join(folder, "man"));
    await write("package.json", {
      ...packageJson(manifest),
      man: pages.map((path) => `./man/${basename(path)}`),
    });
    await write("launch.json", { flags: runFlags("{deno}"), watcher: WATCHER_FLAG });
    await Deno.mkdir(join(folder, "skills", "crosstown"), { recursive: true });
    for (const name of ["README.md", "CHANGELOG.md", "LICENSE", AGENT_SKILL]) {
      await Deno.copyFile(join(root, name), join(folder, name)).catch(unlessMissing);
    }
    const launcher = join(folder, "bin", "crosstown.cjs");
    await Deno.copyFile(join(root, "packaging", "launcher.cjs"), launcher);
    await Deno.chmod(launcher, 0o755);
    const name = `crosstown-${manifest.version}.tgz`;
    await Deno.mkdir(out, { recursive: true });
    await archive(work, join(work, name), ["package"]);
    await Deno.copyFile(join(work, name), join(out, name));
    return join(out, name);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** What teaches an agent the commands. */
const AGENT_SKILL = "skills/crosstown/SKILL.md";

/** Of the installed package. Versions are exact: what was tested is what is installed. */
function packageJson({ version, license, imports }: Manifest): Record<string, unknown> {
  return {
    name: "crosstown",
    version,
    description: "Buy and sell compute over open protocols: NIP-90 jobs, paid over Interledger.",
    keywords: ["nostr", "nip-90", "interledger", "compute", "marketplace", "agent"],
    license,
    type: "module",
    bin: { crosstown: "bin/crosstown.cjs" },
    exports: { ".": "./mod.js", "./package.json": "./package.json" },
    engines: { node: ">=20" },
    dependencies: { deno: DENO_VERSION },
    optionalDependencies: { [CHAIN_PACKAGE]: imports[CHAIN_PACKAGE].replace(/^.*@/, "") },
  };
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
