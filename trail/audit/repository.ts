/**
 * The repository as a folder: creates it, removes remains of a killed git process, and sets it aside if it is damaged.
 *
 * @module
 */
import { AuditError } from "./audit_error.ts";
import { type GitPlace, gitText, runGit } from "./git_command.ts";
import { hasRepository } from "./read_repository.ts";
import { readPlainText } from "../../base/files/plain_file.ts";
import { namesIn } from "../../base/files/missing.ts";

/** Only these files of the folder are in the history; everything else in it (SQLite, lock, socket, work folders) is ignored. */
export const IGNORE_FILE =
  `# Written by crosstown: the state folder, of which only these are kept in its history.
/*
!/.gitignore
!/channels/
!/jobs/
!/payment_log/
!/checkpoint.json
`;

/** The folder in which damaged repositories are kept for inspection. */
export const BROKEN_FOLDER = ".git-broken";

/** The age from which nobody holds a lock any more. References are locked only for moments, the index while a person edits. */
const LOCKS: readonly (readonly [file: string, staleMs: number])[] = [
  ["refs/heads/main.lock", 5_000],
  ["packed-refs.lock", 5_000],
  ["HEAD.lock", 5_000],
  ["config.lock", 5_000],
  ["index.lock", 60_000],
];

/** The longest time for checking a repository. */
const CHECK_MS = 300_000;

/** Creates the repository if there is none, or only an incomplete one. Throws AuditError. */
export async function makeRepository(place: GitPlace): Promise<void> {
  await runGit(place, ["init", "--quiet", "--template=", "--initial-branch=main", "--shared=0600"]);
  await Deno.chmod(`${place.folder}/.git`, 0o700);
}

/** Removes remains of a killed git process, and old locks. What cannot be removed stays. */
export async function cleanRepository({ folder }: GitPlace, clock: () => number): Promise<void> {
  const git = `${folder}/.git`;
  for (const name of await namesIn(git)) {
    if (name.startsWith("fast_import_crash_") || name === "crosstown.tmp") {
      await remove(`${git}/${name}`);
    }
  }
  const packs = `${git}/objects/pack`;
  for (const name of await namesIn(packs)) {
    const file = `${packs}/${name}`;
    const left = /^(tmp_|\.tmp-)/.test(name) || name.endsWith(".keep") && await isOfImport(file);
    if (left) await remove(file);
  }
  for (const [name, staleMs] of LOCKS) {
    const file = `${git}/${name}`;
    const madeMs = await Deno.lstat(file).then(({ mtime }) => mtime?.getTime(), () => undefined);
    if (madeMs !== undefined && clock() - madeMs > staleMs) await remove(file);
  }
}

/** Whether git finds all objects of the branches. Throws AuditError if git cannot run. */
export async function isWhole(place: GitPlace): Promise<boolean> {
  if (!await hasRepository(place)) return false;
  try {
    await gitText(place, ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"], {
      timeoutMs: CHECK_MS,
    });
    return true;
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    if (["git_missing", "unreachable", "full"].includes(error.code)) throw error;
    // If the check takes too long, the repository is not known to be damaged.
    return / was ended by /.test(error.message);
  }
}

/** Moves a damaged repository away; returns its new path. The working files stay. */
export async function setAside({ folder }: GitPlace, clock: () => number): Promise<string> {
  const kept = `${folder}/${BROKEN_FOLDER}`;
  await Deno.mkdir(kept, { recursive: true, mode: 0o700 });
  const time = new Date(clock()).toISOString().replaceAll(":", "-");
  const to = `${kept}/${time}`;
  await Deno.rename(`${folder}/.git`, to);
  return to;
}

/** The number of packs. */
export async function countPacks({ folder }: GitPlace): Promise<number> {
  const names = await namesIn(`${folder}/.git/objects/pack`);
  return names.filter((name) => name.endsWith(".pack")).length;
}

/** Joins many packs into few. A pack is rewritten only a few times in its life, so a long history stays cheap. */
export async function joinPacks(place: GitPlace): Promise<void> {
  const timeoutMs = 600_000;
  try {
    await runGit(place, ["repack", "--geometric=2", "-d", "--quiet"], { timeoutMs });
  } catch (error) {
    // Before git 2.33, only the slow command exists.
    if (!(error instanceof AuditError) || !/unknown option/.test(error.message)) throw error;
    await runGit(place, ["gc", "--quiet"], { timeoutMs });
  }
}

async function isOfImport(file: string): Promise<boolean> {
  return (await readPlainText(file).catch(() => "")).startsWith("fast-import");
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch(() => undefined);
}
