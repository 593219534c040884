/**
 * Makes the repository of a job and checks out the files of its commit. The repository is copied from an earlier job of the same buyer and
 * source ({@link ./repository_cache.ts}). Otherwise it is fetched, checked, and kept for the next job.
 *
 * The key of a kept repository consists of its buyer and its source. A bundle's history is found again only by the same bundle, and a
 * server's history by its URL; then only new objects are fetched. A repository without history is the same for all buyers.
 *
 * @module
 */
import { SkillError } from "../../skill_error.ts";
import { fetchBundle, fetchRepository, presentCommit } from "./fetch.ts";
import type { Git } from "./git.ts";
import type { RepositoryCache } from "./repository_cache.ts";
import type { HereInput } from "./spec.ts";
import type { ArchiveLimits } from "./tar_reader.ts";

/** The repositories of earlier jobs, and the buyer for whom a history may be kept. */
export interface KeptFor {
  readonly cache: RepositoryCache;
  /** Null for an encrypted request, of which nothing is kept. */
  readonly buyer: string | null;
}

interface Place {
  /** The job's own folder. */
  readonly workdir: string;
  readonly repository: string;
  readonly tree: string;
  readonly git: Git;
  readonly limits: ArchiveLimits;
}

/** An input with a history. */
type History = Extract<HereInput, { readonly type: "bundle" | "repository" }>;

/** A repository with more packs is slow to read, so it is not kept and will be fetched again. */
const MAX_PACKS = 50;

/** Makes the bare repository and its worktree. Returns the input's commit, or null if the input is not a repository. Throws SkillError. */
export async function checkOut(
  input: HereInput,
  place: Place,
  kept: KeptFor | null,
): Promise<string | null> {
  if (input.type !== "bundle" && input.type !== "repository") {
    await checkOutNothing(place, kept?.cache ?? null);
    return null;
  }
  const key = kept === null || kept.buyer === null ? null : await keyOf(input, kept.buyer);
  const cached = kept === null || key === null ? null : { cache: kept.cache, key };
  if (cached !== null) {
    try {
      const commit = await fromKept(input, place, cached);
      if (commit !== null) return commit;
    } catch (error) {
      if (!(error instanceof SkillError) || error.code !== "git_failed") throw error;
      // The kept repository is damaged, or its server has another history now: fetch everything again.
      await cached.cache.forget(cached.key);
      await Deno.remove(place.repository, { recursive: true });
      await Deno.remove(place.tree, { recursive: true }).catch(() => undefined);
    }
  }
  await initialise(place);
  const commit = await fetched(input, place);
  // This file contains the path of the job's folder.
  await Deno.remove(`${place.repository}/FETCH_HEAD`).catch(() => undefined);
  await checkTree(commit, place);
  // If the repository cannot be kept, the job still succeeds.
  await cached?.cache.keep(cached.key, place.repository, { commit }).catch(() => undefined);
  await addWorktree(commit, place);
  return commit;
}

/** Uses a kept repository; null if there is none. Throws SkillError `git_failed` also if the kept repository is damaged. */
async function fromKept(
  input: History,
  place: Place,
  { cache, key }: { readonly cache: RepositoryCache; readonly key: string },
): Promise<string | null> {
  const known = await cache.take(key, place.repository);
  if (known === null) return null;
  let { commit } = known;
  if (input.type === "repository" && input.commit !== commit) {
    const at = ["-C", place.repository];
    commit = await presentCommit(input.commit, at, place.git) ?? await fetched(input, place);
    if (commit !== known.commit) {
      await checkTree(commit, place);
      if (await packsOf(place.repository) > MAX_PACKS) await cache.forget(key);
      else await cache.keep(key, place.repository, { commit }).catch(() => undefined);
    }
  }
  await addWorktree(commit, place);
  return commit;
}

async function keyOf(input: History, buyer: string): Promise<string> {
  const source = input.type === "bundle" ? (await sha256(input.bytes)) : input.url;
  return await sha256(new TextEncoder().encode([buyer, input.type, source].join("\0")));
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice())).toHex();
}

async function packsOf(repository: string): Promise<number> {
  let packs = 0;
  for await (const { name } of Deno.readDir(`${repository}/objects/pack`)) {
    if (name.endsWith(".pack")) packs++;
  }
  return packs;
}

async function initialise({ repository, git }: Place): Promise<void> {
  await git.run(["init", "--quiet", "--bare", "--template=", repository]);
}

async function fetched(input: History, { workdir, repository, git }: Place): Promise<string> {
  const at = ["-C", repository];
  return input.type === "bundle"
    ? await fetchBundle(input.bytes, workdir, at, git)
    : await fetchRepository(input, at, git);
}

/** Makes a repository with one empty commit, and its worktree. Both are kept, because they are the same for all buyers. */
async function checkOutNothing(place: Place, cache: RepositoryCache | null): Promise<void> {
  const { repository, tree, git } = place;
  const key = await sha256(new TextEncoder().encode("nothing"));
  if (await cache?.take(key, repository)) {
    await Deno.mkdir(tree);
    await Deno.writeTextFile(`${repository}/worktrees/tree/gitdir`, `${tree}/.git\n`);
    await linkTree(tree);
    return;
  }
  await initialise(place);
  const at = ["-C", repository];
  const empty = decode(await git.run([...at, "hash-object", "-t", "tree", "-w", "/dev/null"]));
  const commit = decode(await git.run([...at, "commit-tree", "-m", "input", empty.trim()])).trim();
  await addWorktree(commit, place);
  await cache?.keep(key, repository, { commit }).catch(() => undefined);
}

async function addWorktree(commit: string, { repository, tree, git }: Place): Promise<void> {
  await git.run(["-C", repository, "worktree", "add", "--quiet", "--detach", tree, commit]);
  await linkTree(tree);
}

/** Links the worktree to its repository with a relative path, so that the link is also valid inside the sandbox. */
async function linkTree(tree: string): Promise<void> {
  await Deno.writeTextFile(`${tree}/.git`, "gitdir: ../repo.git/worktrees/tree\n");
}

/** Counts the files of a commit before any is written, because a few objects can name billions of files. */
async function checkTree(
  commit: string,
  { repository, git, limits }: Place,
): Promise<void> {
  const args = ["-C", repository, "ls-tree", "-r", "-l", "-z", "--full-tree", commit];
  let list: Uint8Array;
  try {
    list = await git.run(args, { outputBytes: limits.entries * 200 });
  } catch (error) {
    if (!(error instanceof SkillError) || error.code !== "git_limit") throw error;
    throw new SkillError("too_large", `the commit has more than ${limits.entries} files`);
  }
  let entries = 0;
  let totalBytes = 0;
  for (const line of decode(list).split("\0")) {
    if (line === "") continue;
    entries++;
    totalBytes += Number(line.slice(0, line.indexOf("\t")).trim().split(/\s+/)[3]) || 0;
  }
  if (entries > limits.entries || totalBytes > limits.totalBytes) {
    throw new SkillError(
      "too_large",
      `the commit has ${entries} files of ${totalBytes} bytes, ` +
        `at most ${limits.entries} files of ${limits.totalBytes} bytes can be used`,
    );
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
