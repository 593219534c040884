/**
 * The repository of a job and the files of its commit: copied from what an earlier job of the same buyer and source left
 * ({@link ./repository_cache.ts}), else fetched, checked, and kept for the next.
 *
 * The key of what is kept says whose it is and where it came from. The history of a bundle is found again by the same bundle alone, and
 * a server's history by its URL, to which only what is new is fetched. A repository without history is the same for all.
 *
 * @module
 */
import { SkillError } from "../../skill_error.ts";
import { fetchBundle, fetchRepository, presentCommit } from "./fetch.ts";
import type { Git } from "./git.ts";
import type { RepositoryCache } from "./repository_cache.ts";
import type { HereInput } from "./spec.ts";
import type { ArchiveLimits } from "./tar_reader.ts";

/** Repositories of earlier jobs, and whose history may be kept among them. */
export interface KeptFor {
  readonly cache: RepositoryCache;
  /** Null for a request that came encrypted: nothing of it is kept. */
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

/** A repository of so many packs is slow to read, and is fetched anew. */
const MAX_PACKS = 50;

/** Makes the bare repository and its worktree; gives the input's commit, null where it is no repository. Throws SkillError. */
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
      // It is damaged, or its server tells another history: begin anew.
      await cached.cache.forget(cached.key);
      await Deno.remove(place.repository, { recursive: true });
      await Deno.remove(place.tree, { recursive: true }).catch(() => undefined);
    }
  }
  await initialise(place);
  const commit = await fetched(input, place);
  // It names the job's folder.
  await Deno.remove(`${place.repository}/FETCH_HEAD`).catch(() => undefined);
  await checkTree(commit, place);
  // No job is the worse for what cannot be kept.
  await cached?.cache.keep(cached.key, place.repository, { commit }).catch(() => undefined);
  await addWorktree(commit, place);
  return commit;
}

/** Null where nothing is kept. Throws SkillError `git_failed` also where what is kept is damaged. */
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

/** A repository with one commit of no files, and its worktree. It is kept whole, since it is the same for everybody. */
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

/** Relative, so that it also holds where the sandbox shows it. */
async function linkTree(tree: string): Promise<void> {
  await Deno.writeTextFile(`${tree}/.git`, "gitdir: ../repo.git/worktrees/tree\n");
}

/** A few objects can name thousands of millions of files; so they are counted before one is written. */
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
        `allowed are ${limits.entries} of ${limits.totalBytes}`,
    );
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
