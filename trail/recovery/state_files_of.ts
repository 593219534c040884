/**
 * The state files of a home, from a commit or, without a repository, from the folder.
 *
 * @module
 */
import { errorOf } from "../../base/thrown.ts";
import type { GitPlace } from "../audit/git_command.ts";
import { committedFiles, readBlobs } from "../audit/read_repository.ts";
import { stateFilesOnDisk } from "../audit/state_folder.ts";
import type { JournalData } from "../../store/journal_row.ts";
import { readStateFile } from "./state_file_rows.ts";

/** A file with its values, or why it cannot be read. */
interface StateFileRead {
  readonly path: string;
  readonly file: JournalData | Error;
}

const BATCH = 500;

/** Yields files under `channels` or `jobs`, a few hundred at a time. */
export async function* stateFiles(
  place: GitPlace,
  commit: string | null,
  folder: "channels" | "jobs",
): AsyncGenerator<StateFileRead> {
  if (commit === null) {
    for (const { path, content } of await stateFilesOnDisk(place.folder)) {
      if (path.startsWith(`${folder}/`)) yield { path, file: fileOf(content as Uint8Array) };
    }
    return;
  }
  const files = await committedFiles(place, commit, folder);
  for (let at = 0; at < files.length; at += BATCH) {
    const some = files.slice(at, at + BATCH);
    const contents = await readBlobs(place, some.map(({ blob }) => blob));
    for (const [index, bytes] of contents.entries()) {
      yield { path: some[index].path, file: fileOf(bytes) };
    }
  }
}

function fileOf(bytes: Uint8Array | null): JournalData | Error {
  try {
    if (bytes === null) throw new Error("git does not have its content");
    return readStateFile(new TextDecoder().decode(bytes));
  } catch (error) {
    return errorOf(error);
  }
}
