/**
 * The user id of a job's own, where bubblewrap was started by root: the same for no two runs, and nobody's on the machine.
 *
 * @module
 */
import { landlocked } from "./landlock.ts";

/**
 * The command as it is started: by one shell at most. A seed is that of a user id of its own, which gets the folders. `perl` is the
 * program that sets Landlock, where it works: then the command may write below `writes` alone.
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

function become(id: number): string[] {
  return [
    ...["setpriv", `--reuid=${id}`, `--regid=${id}`, "--clear-groups", "--inh-caps=-all"],
    ...["--bounding-set=-all", "--"],
  ];
}

/** Whom a job's folders are given, where it has a user id of its own; else null. */
export function jobUser(mode: "user" | "root", seed: string): number | null {
  return mode === "root" ? userOf(seed) : null;
}

function userOf(seed: string): number {
  let hash = 0;
  for (const character of seed) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_000;
  return 2_000_000 + hash;
}
