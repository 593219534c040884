/**
 * `@nostrability/schemata`: JSON schemas and samples of events and messages, made by others. It is GPL and depends on a
 * hundred packages. So tests fetch its archive by exact version, compare its hash, and read its JSON; nothing of it is
 * shipped.
 */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGE = "@nostrability/schemata@0.3.2";
const SUM =
  "sha512-KlMsA53phra3UY91eQskh+J7DXjaWrNW2Bm57dYOozwIEcT6o+RmHRAzwaMkxffk2RBQWVSJoynhL323gmRogw==";
const FOLDER = `${HERE}node_modules/.schemata`;

/** Null when schemas and validator are there, else why they are not. */
export async function missingSchemata(): Promise<string | null> {
  try {
    if (!await exists(`${HERE}node_modules/ajv`)) {
      const failed = await npm("ci", "--no-audit", "--no-fund", "--ignore-scripts");
      if (failed !== null) return failed;
    }
    if (await exists(`${FOLDER}/package/dist`)) return null;
    await Deno.mkdir(FOLDER, { recursive: true });
    const failed = await npm("pack", PACKAGE, "--pack-destination", FOLDER, "--ignore-scripts");
    if (failed !== null) return failed;
    const file = `${FOLDER}/nostrability-schemata-0.3.2.tgz`;
    const sum = createHash("sha512").update(await Deno.readFile(file)).digest("base64");
    if (`sha512-${sum}` !== SUM) return `${PACKAGE} is not what was pinned`;
    const { success } = await new Deno.Command("tar", { args: ["-xzf", file, "-C", FOLDER] })
      .output();
    return success ? null : "its archive cannot be unpacked";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "npm or tar is not on the PATH";
    throw error;
  }
}

/** Returns a function that reports the faults of a value under a schema (its path in `nips/`); null if there are none. */
export async function validator(): Promise<(schema: string, value: unknown) => string | null> {
  const { default: Ajv } = createRequire(HERE)("ajv");
  const ajv = new Ajv({ strict: false, logger: false, validateSchema: false });
  const schemas = new Map<string, (value: unknown) => boolean>();
  const read = (path: string) =>
    ajv.compile(
      JSON.parse(Deno.readTextFileSync(`${FOLDER}/package/dist/nips/${path}/schema.json`)),
    );
  await Promise.resolve();
  return (path, value) => {
    const check = schemas.get(path) ?? read(path);
    schemas.set(path, check);
    return check(value) ? null : ajv.errorsText(check.errors);
  };
}

/** The samples of a schema whose names begin with `valid` or `invalid`. */
export function samples(schema: string, name: "valid" | "invalid"): [string, unknown][] {
  const folder = `${FOLDER}/package/nips/${schema}/samples`;
  return [...Deno.readDirSync(folder)].filter((each) => each.name.startsWith(`${name}.`))
    .map((each) => [each.name, JSON.parse(Deno.readTextFileSync(`${folder}/${each.name}`))]);
}

async function npm(...args: string[]): Promise<string | null> {
  const { success, stderr } = await new Deno.Command("npm", {
    args,
    cwd: HERE,
    stdout: "null",
    stderr: "piped",
  }).output();
  const words = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
  return success ? null : `npm ${args[0]} failed: ${words.slice(0, 100)}`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
