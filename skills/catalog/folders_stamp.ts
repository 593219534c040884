/**
 * Shows whether skills may have changed, from the names, sizes and times of their files. It opens no file. It asks for them on this thread:
 * with a thread of its own for each question, an idle provider would spend a fifth of its CPU on them. Other work has its turn after every
 * 64 files.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import { messageOf } from "../../base/thrown.ts";

/** A folder with more files is no skill, so only so many count. */
const MAX_FILES = 1_001;
/** After so many entries of folders, other work of this thread has its turn. A mount that does not answer at all blocks the thread. */
const ENTRIES_PER_TURN = 64;

/** A text that changes whenever a scan of these folders and files of approvals may find something else. Never rejects. */
export async function foldersStamp(
  folders: readonly string[],
  approvals: readonly string[],
): Promise<string> {
  const lines = approvals.map(stampOf);
  const turn = { entries: 0 };
  for (const folder of folders) {
    const found: string[] = [];
    await walk(folder, { found, left: Infinity, turn }, true);
    lines.push(...found.sort());
  }
  return lines.join("\n");
}

/** The lines so far, and how many more files count. */
interface Walk {
  readonly found: string[];
  left: number;
  /** Entries since other work last had its turn. */
  readonly turn: { entries: number };
}

/** In a folder of skills each folder is a skill, and its files count by themselves. */
async function walk(folder: string, files: Walk, ofSkills: boolean): Promise<void> {
  try {
    for (const { name, isFile, isSymlink, isDirectory } of Deno.readDirSync(folder)) {
      const path = `${folder}/${name}`;
      if (++files.turn.entries % ENTRIES_PER_TURN === 0) await pause(0);
      if (ofSkills) {
        if (isFile || name.startsWith(".")) continue;
        const skill = { ...files, left: MAX_FILES };
        files.found.push(path);
        await walk(path, skill, false);
        continue;
      }
      if (files.left-- <= 0) return;
      files.found.push(isDirectory ? path : `${isSymlink ? "link " : ""}${stampOf(path)}`);
      if (isDirectory) await walk(path, files, false);
    }
  } catch (error) {
    files.found.push(`${folder} ${messageOf(error)}`);
  }
}

function stampOf(path: string): string {
  try {
    const { size, mtime, ctime, ino, mode } = Deno.statSync(path);
    return `${path} ${size} ${mtime?.getTime()} ${ctime?.getTime()} ${ino} ${mode}`;
  } catch (error) {
    return `${path} ${messageOf(error)}`;
  }
}
