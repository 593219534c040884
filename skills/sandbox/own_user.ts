/**
 * The user id of a job's own, where bubblewrap was started by root: the same for no two runs, and nobody's on the machine.
 *
 * @module
 */

/** The command as it is started: by one shell at most. A seed is that of a user id of its own, which gets the folders. */
export function asOwnUser(
  seed: string | null,
  folders: readonly string[],
  { setup, owned, command }: {
    readonly setup?: string;
    readonly owned?: boolean;
    readonly command: readonly string[];
  },
): readonly string[] {
  if (seed === null && setup === undefined) return command;
  if (seed !== null && setup === undefined && owned) return [...become(userOf(seed)), ...command];
  const lines = setup === undefined ? [] : [setup];
  if (seed === null) lines.push('exec "$@"');
  else {
    const id = userOf(seed);
    const own = owned ? "" : `chown -R -h ${id}:${id} ${folders.join(" ")} && `;
    lines.push(`${own}exec ${become(id).join(" ")} "$@"`);
  }
  return ["/bin/sh", "-c", lines.join("; "), "sh", ...command];
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
