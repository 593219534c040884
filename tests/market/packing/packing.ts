/**
 * Shared by tests of packing: a folder, a home next to it, and the files that would be sent.
 *
 * @module
 */
import { gunzipBounded, readTar } from "../../../skills/builtin/ci_run/tar_reader.ts";
import { type PackedPlace, type PackOptions, packPlace } from "../../../market/pack_place.ts";
import { findInput } from "../../../market/packing/input_place.ts";
import type { GitTools } from "../../../market/packing/folder_git.ts";

/** How a test packs. */
export interface PackingOptions extends Partial<PackOptions> {
  /** The home whose secrets are not packed; by default there is none. */
  readonly home?: string;
  /** Files that the configuration names as secrets. */
  readonly secrets?: readonly string[];
  readonly tools?: Partial<GitTools>;
}

/** Finds and packs a path, as `job submit` does. */
export async function pack(path: string, options: PackingOptions = {}): Promise<PackedPlace> {
  const { home = "/nonexistent/.gt", secrets = [], tools = {}, ...rest } = options;
  const place = await findInput(path, { home, folders: [], files: secrets });
  if (place === null) throw new Error(`nothing lies at ${path}`);
  const scratch = `${Deno.env.get("TMPDIR") ?? "/tmp"}/crosstown-pack-${crypto.randomUUID()}`;
  return await packPlace(place, { includeIgnored: false, limitBytes: 1 << 20, ...rest }, {
    git: "git",
    path: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    environment: {},
    scratch,
    ...tools,
  });
}

/** The files and links of the tar.gz that a folder becomes, with their contents. */
export async function sent(
  path: string,
  options: PackingOptions = {},
): Promise<Record<string, string>> {
  const { packed } = await pack(path, options);
  const limits = { totalBytes: 1 << 20, entries: 1000 };
  const tar = await gunzipBounded(Uint8Array.fromBase64(packed.input[1]), limits.totalBytes);
  return Object.fromEntries(
    readTar(tar, limits).filter(({ type }) => type !== "folder").map((entry) => [
      entry.path,
      entry.type === "file"
        ? new TextDecoder().decode(entry.bytes)
        : `-> ${(entry as { target: string }).target}`,
    ]),
  );
}

/** Writes files, with the folders that they need. */
export async function write(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(`${folder}/${name}`.replace(/\/[^/]+$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}
