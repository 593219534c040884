/**
 * The user id of a job if root started bubblewrap. It is computed from a seed of the run, in a range that the machine's users do not use.
 *
 * @module
 */
import { landlocked } from "./landlock.ts";

/**
 * The command with the steps before it; at most one shell runs them. With a seed the command gets its own user id, and the folders are
 * given to this user. `perl` is the program that sets Landlock, if it works: then the command may write only below `writes`.
 */
export function asOwnUser(
  seed: string | null,
  folders: readonly string[],
  { setup, owned, command, perl = null, writes }: {
    readonly setup?: string;
    readonly owned?: boolean;
    readonly command: readonly string[];
    readonly perl?: string | null;
    readonly writes: readonly string[];
  },
): readonly string[] {
  const user = seed === null ? null : userOf(seed);
  const last = perl !== null
    ? landlocked(perl, { user, reads: ["/"], writes })
    : user === null
    ? []
    : become(user);
  const lines = setup === undefined ? [] : [setup];
  if (user !== null && !owned) {
    lines.push(`chown -R -h ${user}:${user} ${folders.join(" ")} || exit`);
  }
  if (lines.length === 0) return [...last, ...command];
  return ["/bin/sh", "-c", [...lines, 'exec "$@"'].join("; "), "sh", ...last, ...command];
}

/** The command with a step before it that gives folders to a user. */
export function ownedBy(
  user: number,
  folders: readonly string[],
  command: readonly string[],
): readonly string[] {
  const script = `chown -R -h ${user}:${user} ${folders.join(" ")} || exit; exec "$@"`;
  return ["/bin/sh", "-c", script, "sh", ...command];
}

function become(id: number): string[] {
  return [
    ...["setpriv", `--reuid=${id}`, `--regid=${id}`, "--clear-groups", "--inh-caps=-all"],
    ...["--bounding-set=-all", "--"],
  ];
}

/** The user id that owns a job's folders, if the job has its own user id; otherwise null. */
export function jobUser(mode: "user" | "root", seed: string): number | null {
  return mode === "root" ? userOf(seed) : null;
}

function userOf(seed: string): number {
  let hash = 0;
  for (const character of seed) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_000;
  return 2_000_000 + hash;
}
