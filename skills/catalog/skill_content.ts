/**
 * The content of a skill's folder as one hash: what an approval pins. Names, bytes and the right to be executed count; a link, which
 * may lead anywhere, is refused.
 *
 * @module
 */
import { SkillError } from "../skill_error.ts";

/** Where a folder keeps what its author signed. */
export const SIGNATURE_FILE = "signature.json";

/** What a folder holds. */
export interface SkillContent {
  /** Changes with anything that {@link sha256} is made of, without a file being read. */
  readonly stamp: string;
  /** In hex. */
  readonly sha256: string;
  /** The same without {@link SIGNATURE_FILE}: what an author signs. */
  readonly signable: string;
  /** From the folder, in order. */
  readonly files: readonly string[];
}

/** A folder may hold so many files. */
const MAX_FILES = 1_000;
/** And so many bytes: each run gets a copy. */
const MAX_BYTES = 32 << 20;

/** Reads a folder, unless it is as it was `before`. Throws SkillError `bad_folder` for what cannot be pinned. */
export async function contentOf(folder: string, before?: SkillContent): Promise<SkillContent> {
  const found: string[] = [];
  const stamps: string[] = [];
  let bytes = 0;
  const walk = async (inner: string) => {
    for await (
      const { name, isSymlink, isDirectory, isFile } of Deno.readDir(`${folder}/${inner}`)
    ) {
      const path = `${inner}${name}`;
      if (isSymlink) throw new SkillError("bad_folder", `${path}: a skill's folder holds no links`);
      if (isDirectory) {
        await walk(`${path}/`);
        continue;
      }
      if (!isFile) throw new SkillError("bad_folder", `${path}: it is no file`);
      const { size, mtime, ctime, ino, mode } = await Deno.stat(`${folder}/${path}`);
      bytes += size;
      found.push(path);
      stamps.push(`${path} ${size} ${mtime?.getTime()} ${ctime?.getTime()} ${ino} ${mode}`);
      if (found.length > MAX_FILES || bytes > MAX_BYTES) {
        throw new SkillError(
          "bad_folder",
          `a skill's folder holds at most ${MAX_FILES} files and ${MAX_BYTES >> 20} MiB`,
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
