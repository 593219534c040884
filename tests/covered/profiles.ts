/**
 * V8's counts for each script in each process, reduced to the lines that were executed. A full run of the tests starts
 * thousands of processes, and most of their profiles are equal.
 *
 * @module
 */

/** V8's counts of a range of characters of a script. A range inside another one replaces its count there. */
interface CountedRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What one process counted of one script. */
export interface Profile {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly isBlockCoverage: boolean;
    readonly ranges: readonly CountedRange[];
  }[];
}

/**
 * Keeps in `folder` one of all profiles that cover the same places of a script. It is named by its digest, so that a
 * later run can add to the folder. Removes incomplete profiles of killed processes, profiles of files that `wanted`
 * refuses, and profiles
 * older than their file.
 */
export async function reduceProfiles(
  folder: string,
  wanted: (url: string) => boolean,
): Promise<void> {
  const kept = new Set<string>();
  const changed = new Map<string, number>();
  const names = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile);
  for (const { name } of names) {
    const path = `${folder}/${name}`;
    const profile = readProfile(path);
    if (profile === null || !wanted(profile.url)) {
      await Deno.remove(path);
      continue;
    }
    let changedMs = changed.get(profile.url);
    if (changedMs === undefined) changed.set(profile.url, changedMs = mtimeOf(profile.url));
    if (mtimeOf(`file://${path}`) < changedMs) {
      await Deno.remove(path);
      continue;
    }
    const reduced = JSON.stringify(reducedProfile(profile));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(reduced));
    const target = `${new Uint8Array(digest).toHex()}.json`;
    if (name === target) {
      kept.add(target);
      continue;
    }
    if (!kept.has(target)) await Deno.writeTextFile(`${folder}/${target}`, reduced);
    kept.add(target);
    await Deno.remove(path);
  }
}

/** The profile with only the counts 0 and 1, and without ranges that have the same count as the range around them. */
export function reducedProfile({ url, functions }: Profile): Profile & { scriptId: string } {
  return {
    // `deno coverage` wants one, and merges scripts by their URL.
    scriptId: "0",
    url,
    functions: functions.map(({ functionName, isBlockCoverage, ranges }) => ({
      functionName,
      ranges: reducedRanges(ranges),
      isBlockCoverage,
    })),
  };
}

/** V8 lists a range before those inside it. */
function reducedRanges(ranges: readonly CountedRange[]): readonly CountedRange[] {
  const around: CountedRange[] = [];
  const left: CountedRange[] = [];
  for (const { startOffset, endOffset, count } of ranges) {
    while (around.length > 0 && around[around.length - 1].endOffset <= startOffset) around.pop();
    const outer = around.at(-1);
    const range = { startOffset, endOffset, count: Math.min(count, 1) };
    around.push(range);
    if (outer === undefined || outer.count !== range.count) left.push(range);
  }
  return left;
}

/** null: its process was killed while it wrote, so the profile is incomplete or empty. */
function readProfile(path: string): Profile | null {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
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
