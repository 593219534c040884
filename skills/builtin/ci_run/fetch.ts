/**
 * Fetches the history of a request into a bare repository, from a git bundle or from a server over https.
 *
 * @module
 */
import { SkillError } from "../../skill_error.ts";
import type { Git } from "./git.ts";
import type { HereInput } from "./spec.ts";

/** Fetches the history of a bundle into a bare repository. Returns the commit to run. Throws SkillError. */
export async function fetchBundle(
  bytes: Uint8Array,
  workdir: string,
  at: readonly string[],
  git: Git,
): Promise<string> {
  const file = `${workdir}/input.bundle`;
  await Deno.writeFile(file, bytes, { mode: 0o600 });
  const heads = decode(await git.run([...at, "bundle", "list-heads", file])).trim().split("\n");
  const names = heads.map((line) => line.slice(line.indexOf(" ") + 1)).filter((name) => name);
  const name = names.includes("HEAD") ? "HEAD" : names[0];
  if (name === undefined || !/^(HEAD|refs\/[A-Za-z0-9._/-]+)$/.test(name)) {
    throw new SkillError("bad_input", "the bundle names no branch, tag or HEAD to run");
  }
  await fetchRef(file, name, "file", at, git);
  await Deno.remove(file);
  return await resolve("refs/crosstown/job", at, git);
}

/** The same for a repository on a server. */
export async function fetchRepository(
  input: Extract<HereInput, { type: "repository" }>,
  at: readonly string[],
  git: Git,
): Promise<string> {
  const protocol = input.url.startsWith("https:") ? "https" : "http";
  const wanted = input.commit ?? "HEAD";
  try {
    // A plain file server does not support shallow fetches.
    await fetchRef(input.url, wanted, protocol, at, git, ["--depth=1"])
      .catch(onlyFailed(() => fetchRef(input.url, wanted, protocol, at, git)));
    return await resolve("refs/crosstown/job", at, git);
  } catch (error) {
    // The commit is a short id, or the server sends no single commits: fetch all branches and tags, and search there.
    if (!(error instanceof SkillError) || error.code !== "git_failed") throw error;
    if (input.commit === null) throw error;
    await git.run([
      ...at,
      ...FETCH,
      input.url,
      "+refs/heads/*:refs/remotes/origin/*",
      "+refs/tags/*:refs/tags/*",
    ], { protocol, timeoutMs: 120_000 });
    return await resolve(input.commit, at, git).catch(
      onlyFailed(() => resolve(`refs/remotes/origin/${input.commit}`, at, git)),
    );
  }
}

function onlyFailed<T>(otherwise: () => Promise<T>): (error: unknown) => Promise<T> {
  return (error) => {
    if (error instanceof SkillError && error.code === "git_failed") return otherwise();
    throw error;
  };
}

const FETCH = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc"];

async function fetchRef(
  from: string,
  name: string,
  protocol: "file" | "https" | "http",
  at: readonly string[],
  git: Git,
  flags: readonly string[] = [],
): Promise<void> {
  const args = [...at, ...FETCH, ...flags, from, `+${name}:refs/crosstown/job`];
  await git.run(args, { protocol, timeoutMs: 120_000 });
}

/** The commit with this full id, if the repository has it; otherwise null. */
export async function presentCommit(
  id: string | null,
  at: readonly string[],
  git: Git,
): Promise<string | null> {
  if (id === null || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) return null;
  return await resolve(id, at, git).catch(onlyFailed(() => Promise.resolve(null)));
}

/** The commit with this name. Throws SkillError. */
async function resolve(name: string, at: readonly string[], git: Git): Promise<string> {
  const args = [...at, "rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const commit = decode(await git.run(args)).trim();
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw new SkillError("bad_input", "no such commit");
  return commit;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
