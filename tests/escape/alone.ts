/**
 * Runs the attacks on limits, each in its own job, and each without a sandbox.
 *
 * @module
 */
import { runChild } from "../../skills/sandbox/child.ts";
import { sandboxed } from "../../skills/sandbox/sandbox.ts";
import { limitSettings } from "../../skills/sandbox/shell_limits.ts";
import { ALLOW, assemble } from "../../skills/seccomp/assembler.ts";
import { sandbox } from "../skills/machine.ts";
import type { Attack } from "./attack.ts";
import { BOUNDS } from "./attacks/limits.ts";
import type { Successes, World } from "./programs.ts";

/** At once: they wait more than they work. */
const AT_ONCE = 8;

const EVERY_CALL = assemble([{ op: "return", action: ALLOW }]);

type Outcome = (attack: Attack, folder: string, file: string) => Promise<string | null>;

/** Which succeed in the sandbox; with `unfiltered`, in one that lets every system call through, to attack what lies below that layer. */
export function aloneInside(
  world: World,
  list: readonly Attack[],
  { unfiltered = false }: { readonly unfiltered?: boolean } = {},
): Promise<Successes> {
  return each(world, list, `alone-inside-${unfiltered}`, async (_, folder, file) => {
    if (sandbox.type === "none") throw new Error("there is no sandbox");
    const job = `${folder}/job`;
    await Deno.mkdir(job);
    const { memoryMb, diskMb, files, outputBytes, timeoutMs } = BOUNDS;
    const processes = sandbox.limitsProcesses ? BOUNDS.processes : null;
    const result = await runChild({
      timeoutMs,
      outputBytes,
      sh: world.tools.sh!,
      path: world.tools.path,
      tree: { memoryMb, processes: BOUNDS.processes, disk: { folder: job, mb: diskMb, files } },
      groups: world.tools.groups,
      pool: world.tools.pool,
      clock: Date.now,
      ...sandboxed(sandbox, {
        binds: [
          { from: file, to: "/opt/attack" },
          { from: job, to: "/job", write: true },
        ],
        temp: job,
        seed: folder,
        cwd: "/job",
        env: { PATH: "/usr/bin:/bin" },
        setup: limitSettings({ memoryMb, processes }),
        command: ["/opt/attack"],
      }, folder),
      ...unfiltered && { filter: { bytes: EVERY_CALL, folder } },
    });
    return result.end === "exit" && result.exitCode === 0 ? "ended by itself" : null;
  });
}

/** Which succeed without one. */
export function aloneOutside(world: World, list: readonly Attack[]): Promise<Successes> {
  return each(world, list, "alone-outside", async (_, folder, file) => {
    const { code } = await new Deno.Command(file, {
      cwd: folder,
      env: { CT_OUTSIDE: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    return code === 0 ? "ended by itself" : null;
  });
}

async function each(
  world: World,
  list: readonly Attack[],
  name: string,
  outcome: Outcome,
): Promise<Successes> {
  const successes = new Map<string, string>();
  const waiting = [...list.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, attack] = next;
      const folder = `${world.folder}/${name}-${at}`;
      await Deno.mkdir(folder);
      const file = `${folder}/attack`;
      await Deno.writeTextFile(file, attack.program, { mode: 0o755 });
      const how = await outcome(attack, folder, file);
      if (how !== null) successes.set(attack.name, how);
      await Deno.remove(folder, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return successes;
}
