/**
 * The content of a skill's folder as one hash, which an approval pins. The hash covers names, bytes and execute permissions of all files.
 * Links are refused, because they may point to any path.
 *
 * @module
 */
import { SkillError } from "../skill_error.ts";

/** The file with the author's signature. */
export const SIGNATURE_FILE = "signature.json";

/** The content of a folder. */
export interface SkillContent {
  /** Changes whenever {@link sha256} may change. It is made without reading a file. */
  readonly stamp: string;
  /** The hash of all files, in hex. */
  readonly sha256: string;
  /** The hash of all files except {@link SIGNATURE_FILE}, which the author signs. */
  readonly signable: string;
  /** The paths below the folder, sorted. */
  readonly files: readonly string[];
}

/** The most files of a folder. */
const MAX_FILES = 1_000;
/** The most bytes of a folder, because each run gets a copy. */
const MAX_BYTES = 32 << 20;

/** Reads a folder, or returns `before` if it has not changed. Throws SkillError `bad_folder` if the content cannot be pinned. */
export async function contentOf(folder: string, before?: SkillContent): Promise<SkillContent> {
  const found: string[] = [];
  const stamps: string[] = [];
  let bytes = 0;
  const walk = async (inner: string) => {
    for await (
      const { name, isSymlink, isDirectory, isFile } of Deno.readDir(`${folder}/${inner}`)
    ) {
      const path = `${inner}${name}`;
      if (isSymlink) {
        throw new SkillError("bad_folder", `${path}: a skill's folder must not contain links`);
      }
      if (isDirectory) {
        await walk(`${path}/`);
        continue;
      }
      if (!isFile) throw new SkillError("bad_folder", `${path}: it is not a plain file`);
      const { size, mtime, ctime, ino, mode } = await Deno.stat(`${folder}/${path}`);
      bytes += size;
      found.push(path);
      stamps.push(`${path} ${size} ${mtime?.getTime()} ${ctime?.getTime()} ${ino} ${mode}`);
      if (found.length > MAX_FILES || bytes > MAX_BYTES) {
        throw new SkillError(
          "bad_folder",
          `a skill's folder may contain at most ${MAX_FILES} files and ${MAX_BYTES >> 20} MiB`,
        );
      }
    }
  };
  await walk("");
  const stamp = stamps.sort().join("\n");
  if (before?.stamp === stamp) return before;
  const files = found.sort();
  const parts = await Promise.all(files.map(async (path) => {
    const { mode } = await Deno.stat(`${folder}/${path}`);
    const isProgram = ((mode ?? 0) & 0o100) !== 0;
    return [path, isProgram, await digest(await Deno.readFile(`${folder}/${path}`))];
  }));
  const hash = (some: typeof parts) => digest(new TextEncoder().encode(JSON.stringify(some)));
  const sha256 = await hash(parts);
  const signable = await hash(parts.filter(([path]) => path !== SIGNATURE_FILE));
  return { stamp, sha256, signable, files };
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
