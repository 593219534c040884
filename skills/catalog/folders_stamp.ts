/**
 * Shows whether skills may have changed, from the names, sizes and times of their files. It opens no file.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";

/** A folder with more files is no skill, so only so many count. */
const MAX_FILES = 1_001;

/** A text that changes whenever a scan of these folders and files of approvals may find something else. Never rejects. */
export async function foldersStamp(
  folders: readonly string[],
  approvals: readonly string[],
): Promise<string> {
  const lines = await Promise.all(approvals.map(stampOf));
  for (const folder of folders) {
    const found: string[] = [];
    await walk(folder, { found, left: Infinity }, true);
    lines.push(...found.sort());
  }
  return lines.join("\n");
}

/** The lines so far, and how many more files count. */
interface Walk {
  readonly found: string[];
  left: number;
}

/** In a folder of skills each folder is a skill, and its files count by themselves. */
async function walk(folder: string, files: Walk, ofSkills: boolean): Promise<void> {
  try {
    for await (const { name, isFile, isSymlink, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (ofSkills) {
        if (isFile || name.startsWith(".")) continue;
        const skill = { found: files.found, left: MAX_FILES };
        files.found.push(path);
        await walk(path, skill, false);
        continue;
      }
      if (files.left-- <= 0) return;
      files.found.push(isDirectory ? path : `${isSymlink ? "link " : ""}${await stampOf(path)}`);
      if (isDirectory) await walk(path, files, false);
    }
  } catch (error) {
    files.found.push(`${folder} ${messageOf(error)}`);
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { size, mtime, ctime, ino, mode } = await Deno.stat(path);
    return `${path} ${size} ${mtime?.getTime()} ${ctime?.getTime()} ${ino} ${mode}`;
  } catch (error) {
    return `${path} ${messageOf(error)}`;
  }
}
