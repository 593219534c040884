/**
 * Measures how long a job takes to start in the sandbox, to the first byte that its command prints, beside bubblewrap alone with the same
 * namespaces and mounts (wanted: at most 1.3 times as long). The best of some rounds, taken in turns: what is measured is some
 * milliseconds, and every other process disturbs it.
 *
 * @module
 */
import { closeGroup, findControlGroups, openGroup } from "../skills/sandbox/control_groups.ts";
import { launchArgs } from "../skills/sandbox/launch.ts";
import { limitedShell, sandboxed } from "../skills/sandbox/sandbox.ts";
import { probeSandbox } from "../skills/sandbox/sandbox_probe.ts";
import { locateTools } from "../skills/sandbox/tools.ts";
import type { Figure } from "./figures.ts";

const ROUNDS = 30;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Runs the measurement, some seconds. Throws where there is no sandbox. */
export async function benches(): Promise<Figure[]> {
  const path = Deno.env.get("PATH") ?? PATH;
  const tools = await locateTools({ path, execPath: Deno.execPath() });
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "crosstown-bench-" });
  try {
    const sandbox = await probeSandbox(tools, Date.now, folder);
    if (sandbox.type === "none") throw new Error(sandbox.reason);
    const sh = tools.sh!;
    const groups = await findControlGroups({ sh, path });
    await Deno.mkdir(`${folder}/job`);
    const limits = { memoryMb: 512, processes: 32 };
    const plan = (command: string[]) =>
      sandboxed(sandbox, {
        binds: [{ from: `${folder}/job`, to: "/job", write: true }],
        temp: `${folder}/job`,
        seed: folder,
        cwd: "/job",
        env: { PATH },
        command,
      }, folder);
    const job = plan(["/bin/sh", "-c", limitedShell(limits), "sh", "/bin/echo", "x"]);
    const filterFile = `${folder}/filter`;
    await Deno.writeFile(filterFile, job.filter.bytes);
    const ours = async () => {
      const startedAt = performance.now();
      const group = groups === null ? null : await openGroup(groups, limits, { sh, path });
      const args = launchArgs({
        path,
        filterFile,
        groups: group?.join,
        command: [job.command, ...job.args],
      });
      const elapsedMs = await firstByte(sh, args, startedAt);
      if (group !== null) await closeGroup(group, { sh, path });
      return elapsedMs;
    };
    const alone = plan(["/bin/echo", "x"]).args;
    const at = alone.indexOf("--seccomp");
    const bare = alone.toSpliced(at, 2);
    let [best, beside] = [Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round++) {
      best = Math.min(best, await ours());
      beside = Math.min(beside, await firstByte(job.command, bare, performance.now()));
    }
    return [{
      name: "a job's start in the sandbox, to its first byte",
      value: best,
      unit: "ms",
      compare: { name: "bubblewrap alone", value: beside },
      ratio: beside / best,
    }];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function firstByte(command: string, args: string[], startedAt: number): Promise<number> {
  const child = new Deno.Command(command, {
    args,
    clearEnv: true,
    env: { PATH },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const elapsedMs = performance.now() - startedAt;
  if (value === undefined) throw new Error(`${command} printed nothing`);
  await reader.cancel();
  await child.status;
  return elapsedMs;
}
