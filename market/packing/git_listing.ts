/**
 * The names that git lists in a folder. In a repository these are the names that `git ls-files -co --exclude-standard` prints. Outside of
 * one they are the names that are excluded neither by the user's ignore file nor by a `.gitignore` in the folder or above it.
 *
 * @module
 */
import { askGit, type GitTools, lastWords, tryGit } from "./folder_git.ts";
import { gitFailed } from "./git_process.ts";
import type { InputPlace } from "./input_place.ts";

/** Names relative to the folder. A name that ends with `/` is another repository in the folder. */
interface GitNames {
  readonly names: readonly string[];
  readonly inRepository: boolean;
}

/** Asks git. Throws InputError `git_failed`, `git_missing`, `too_large`, `bad_input`. */
export async function gitNames(
  place: InputPlace,
  tools: GitTools,
  maxBytes: number,
): Promise<GitNames> {
  const inRepository = await isInRepository(place, tools);
  const question = { cwd: place.path, maxBytes };
  const names = inRepository
    ? namesIn(await askGit(tools, [...LIST, "--cached", "--others"], question))
    : await untracked(place, tools, maxBytes);
  return { names, inRepository };
}

const LIST = ["ls-files", "-z", "--exclude-standard"];

/**
 * Whether the folder belongs to a git repository. The answer is no only if git says that there is none and no `.git` was found. If a
 * repository is broken, bare, behind a mount point or another user's, its ignore rules are unknown, and this throws.
 */
async function isInRepository({ path, dotGit }: InputPlace, tools: GitTools): Promise<boolean> {
  const asked = ["rev-parse", "--is-inside-work-tree", "--absolute-git-dir"];
  const { code, stdout, stderr } = await tryGit(tools, asked, { cwd: path });
  const words = lastWords(stderr);
  if (code !== 0) {
    if (dotGit === null && NO_REPOSITORY.test(words)) return false;
    const there = NO_REPOSITORY.test(words) ? `, although there is ${dotGit}` : "";
    throw gitFailed("rev-parse", `exited ${code}: ${words}${there}`);
  }
  if (words !== "") throw gitFailed("rev-parse", `says: ${words}`);
  const [inside, gitDir] = new TextDecoder().decode(stdout).split("\n");
  if (inside !== "true" || dotGit === null) {
    throw gitFailed("rev-parse", `says that ${path} is not in the working tree of ${gitDir}`);
  }
  // If git skips an invalid `.git`, the folder would count as part of a repository above it.
  const nearest = await askGit(
    tools,
    [`--git-dir=${dotGit}`, "rev-parse", "--absolute-git-dir"],
    { cwd: path },
  );
  if (nearest.split("\n")[0] !== gitDir) {
    throw gitFailed("rev-parse", `takes ${gitDir} for the repository, although there is ${dotGit}`);
  }
  return true;
}

const NO_REPOSITORY = /^fatal: not a git repository \(or any /;

/** A name must be allowed by the folder's own ignore files and by those above it. */
async function untracked(
  { path }: InputPlace,
  tools: GitTools,
  maxBytes: number,
): Promise<readonly string[]> {
  const gitDir = tools.scratch;
  await Deno.mkdir(gitDir, { mode: 0o700 });
  try {
    for (const folder of ["objects", "refs"]) await Deno.mkdir(`${gitDir}/${folder}`);
    await Deno.writeTextFile(`${gitDir}/HEAD`, "ref: refs/heads/main\n");
    const list = async (workTree: string) =>
      namesIn(
        await askGit(tools, [
          ...[`--git-dir=${gitDir}`, `--work-tree=${workTree}`],
          ...[...LIST, "--others"],
        ], { cwd: path, maxBytes }),
      );
    const fromAbove = new Set(await list("/"));
    return (await list(path)).filter((name) => fromAbove.has(name));
  } finally {
    await Deno.remove(gitDir, { recursive: true });
  }
}

function namesIn(list: string): string[] {
  return list.split("\0").filter((name) => name !== "");
}
