/**
 * Reads CPU time and wake-ups of all threads of processes. Deno reads /proc only with all permissions, so a shell reads it.
 *
 * @module
 */

/** What one process has used since its start. */
interface Taken {
  readonly cpuMs: number;
  /** How often a living thread woke up after waiting. */
  readonly wakeUps: number;
}

const MS_PER_TICK = 10;

/** The usage of each process by its id. */
export async function taken(
  pids: Readonly<Record<string, number>>,
): Promise<Record<string, Taken>> {
  const found: Record<string, Taken> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const stat = await shell(`cat /proc/${pid}/stat`);
    // The name may contain spaces, so fields are counted after it. Fields 14 and 15 are user and system time, including ended threads.
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

/** The children of a process whose command lines contain these words. */
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

/** The child of a process whose command line contains this word; throws if there is none. */
export async function childOf(pid: number, word: string): Promise<number> {
  const { found } = await childrenOf(pid, { found: word });
  if (found === undefined) throw new Error(`process ${pid} has no child "${word.trim()}"`);
  return found;
}

/** Standard output of a shell script. */
export async function shell(script: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}
