/** Installs the packages of a folder at the first use. If that fails, the tests are skipped and say why. */

/** What a folder needs. */
export interface NpmPackages {
  /** The folder of `package.json` and its lock. */
  readonly folder: string;
  /** Whether the installed packages work. */
  readonly loads: () => Promise<boolean>;
  /** Whether packages have parts to be built; their scripts do not run otherwise. */
  readonly native?: boolean;
}

/** Null when the packages are there, else why they are not. */
export async function missingPackages(
  { folder, loads, native = false }: NpmPackages,
): Promise<string | null> {
  // Test files of one folder run side by side, and `npm ci` empties the folder first: one at a time.
  using manifest = await Deno.open(`${folder}/package.json`);
  await manifest.lock(true);
  try {
    if (await loads()) return null;
    const { success, stderr } = await new Deno.Command("npm", {
      args: ["ci", "--no-audit", "--no-fund", ...(native ? [] : ["--ignore-scripts"])],
      cwd: folder,
      env: native ? await ownHeaders() : {},
      stdout: "null",
      stderr: "piped",
    }).output();
    if (success && await loads()) return null;
    const words = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
    return success ? "the packages do not load" : `npm ci failed: ${words.slice(0, 100)}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "node and npm are not on the PATH";
    throw error;
  }
}

/** Node's own headers, so that node-gyp downloads none: they are next to the folder of its program. */
export async function ownHeaders(): Promise<Record<string, string>> {
  const { stdout } = await new Deno.Command("node", { args: ["-p", "process.execPath"] }).output();
  const program = await Deno.realPath(new TextDecoder().decode(stdout).trim());
  const folder = program.replace(/\/bin\/[^/]+$/, "");
  const there = await Deno.stat(`${folder}/include/node/node.h`).then(() => true, () => false);
  return there ? { npm_config_nodedir: folder } : {};
}
