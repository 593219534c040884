/**
 * The audit's files in a state folder, from which a new repository starts.
 *
 * @module
 */
import type { TrailCommit } from "./commit_stream.ts";
import { readPlainBytes } from "../../base/files/plain_file.ts";
import { namesIn } from "../../base/files/missing.ts";

/** Files of channels, jobs and sealed logs, and the newest checkpoint; no other files. */
export async function stateFilesOnDisk(folder: string): Promise<TrailCommit["files"]> {
  const files: { path: string; content: Uint8Array<ArrayBuffer> }[] = [];
  const take = async (path: string) => {
    const info = await Deno.lstat(`${folder}/${path}`);
    if (info.isFile) files.push({ path, content: await readPlainBytes(`${folder}/${path}`) });
  };
  const add = async (under: string, name: RegExp) => {
    for (const each of await namesIn(`${folder}/${under}`)) {
      if (name.test(each)) await take(`${under}/${each}`);
    }
  };
  // It is opened by name, because the state folder itself, which contains the database, may not be read here.
  await take("checkpoint.json").catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await add("channels", /^ch_[0-9a-f]{8,64}\.toml$/);
  await add("payment_log", /^\d{4}-\d\d-\d\d\.jsonl\.gz$/);
  for (const part of await namesIn(`${folder}/jobs`)) {
    if (/^[0-9a-f]{2}$/.test(part)) await add(`jobs/${part}`, /^job-[0-9a-f]{7,64}\.toml$/);
  }
  return files;
}
