/**
 * What processes take of the machine: CPU and wake-ups of all their threads. Deno reads /proc only with every permission, so a shell does.
 *
 * @module
 */

/** What one process took since it began. */
interface Taken {
  readonly cpuMs: number;
  /** How often a thread that lives was woken after it had waited. */
  readonly wakeUps: number;
}

const MS_PER_TICK = 10;

/** Of each process by its id. */
export async function taken(
  pids: Readonly<Record<string, number>>,
): Promise<Record<string, Taken>> {
  const found: Record<string, Taken> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const stat = await shell(`cat /proc/${pid}/stat`);
    // After the name, which may hold spaces: user and system time, of threads that ended as well, are the fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const threads = await shell(`grep -h ^voluntary /proc/${pid}/task/*/status`);
    found[name] = {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
      wakeUps: [...threads.matchAll(/^voluntary_ctxt_switches:\s+(\d+)$/gm)]
        .reduce((total, [, value]) => total + Number(value), 0),
    };
  }
  return found;
}

/** The children of a process whose command lines have these words. */
export async function childrenOf(
  pid: number,
  words: Readonly<Record<string, string>>,
): Promise<Record<string, number>> {
  const script = `for each in /proc/[0-9]*; do
    if grep -q "^PPid:[[:space:]]*${pid}$" $each/status 2>/dev/null; then
      echo "\${each#/proc/} $(tr '\\0' ' ' < $each/cmdline)"; fi
  done`;
  const lines = (await shell(script)).split("\n");
  return Object.fromEntries(
    Object.entries(words).flatMap(([name, word]) => {
      const line = lines.find((each) => each.includes(word));
      return line === undefined ? [] : [[name, Number.parseInt(line)]];
    }),
  );
}

/** Standard output of a script. */
export async function shell(script: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}
