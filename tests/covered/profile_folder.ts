/**
 * The folder into which processes write their profiles. A full run of the tests starts thousands of processes, and each writes
 * a file for each script of each of its threads. Merged, there is one file for each script.
 *
 * @module
 */
import { type Missed, missedByBoth, missedOf, type Profile, profileOf } from "./profiles.ts";

/** A process that still writes does so within this time. */
const WRITTEN_MS = 60_000;

/** The name of a script's file: the digest of its URL. Deno names its own files by UUIDs. */
const KEPT = /^[0-9a-f]{64}\.json$/;
/** A script's file while it is written. What it holds is also in the files from which it is merged. */
const UNFINISHED = /^[0-9a-f]{64}\.new$/;

/** Merges profiles in a folder. Only one at a time works on a folder. */
export class ProfileFolder {
  readonly #folder: string;
  readonly #wanted: (url: string) => boolean;
  readonly #missed = new Map<string, Missed>();

  /**
   * Continues with what an earlier run kept in the folder, also if that run was killed.
   *
   * @param wanted Whether the script of this URL is kept.
   */
  constructor(folder: string, wanted: (url: string) => boolean) {
    this.#folder = folder;
    this.#wanted = wanted;
    for (const { name } of [...Deno.readDirSync(folder)]) {
      if (UNFINISHED.test(name)) Deno.removeSync(`${folder}/${name}`);
      if (!KEPT.test(name)) continue;
      if (this.#add(`${folder}/${name}`, Infinity) === null) Deno.removeSync(`${folder}/${name}`);
    }
  }

  /**
   * Merges the profiles that were written since the last call, and removes them. Profiles that are older than their script
   * are only removed. Incomplete ones are left for a minute, because a process may be writing them: the others were killed.
   *
   * @param nowMs Infinity: no process writes any more.
   */
  async merge(nowMs: number): Promise<void> {
    const changed = new Set<string>();
    const read: string[] = [];
    for (const { name, isFile } of Deno.readDirSync(this.#folder)) {
      if (!isFile || KEPT.test(name)) continue;
      const path = `${this.#folder}/${name}`;
      const url = this.#add(path, nowMs);
      if (url === undefined) continue;
      if (url !== null) changed.add(url);
      read.push(path);
    }
    for (const url of changed) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(url));
      const path = `${this.#folder}/${new Uint8Array(digest).toHex()}`;
      await Deno.writeTextFile(`${path}.new`, JSON.stringify(profileOf(this.#missed.get(url)!)));
      await Deno.rename(`${path}.new`, `${path}.json`);
    }
    for (const path of read) await Deno.remove(path);
  }

  /** The script's URL; null if the profile is of no use, undefined if it is not complete yet. */
  #add(path: string, nowMs: number): string | null | undefined {
    const text = Deno.readTextFileSync(path);
    const url = /"url": *"([^"]*)"/.exec(text)?.[1];
    if (url !== undefined && !this.#wanted(url)) return null;
    const profile = parsed(text);
    const writtenMs = mtimeOf(`file://${path}`);
    if (profile === null) return nowMs - writtenMs > WRITTEN_MS ? null : undefined;
    if (writtenMs < mtimeOf(profile.url)) return null;
    const missed = missedOf(profile);
    const before = this.#missed.get(profile.url);
    const both = before === undefined ? missed : missedByBoth(before, missed);
    this.#missed.set(profile.url, both);
    return profile.url;
  }
}

/** null: it is cut off. */
function parsed(text: string): Profile | null {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** 0: the file is gone, or is not on this machine. */
function mtimeOf(url: string): number {
  try {
    return Deno.statSync(new URL(url)).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}
