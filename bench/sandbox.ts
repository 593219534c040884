/**
 * Measures how long a job takes to start in the sandbox, until the first byte of its command's output, compared with
 * bubblewrap alone with the same namespaces and mounts, without limits and as the user who starts it (goal: at most 1.3
 * times as long). Where gVisor works, it also measures a start in it, compared with `runsc do` alone. It takes the best of some alternating rounds, because the times are some milliseconds and every other
 * process disturbs them.
 *
 * @module
 */
import { runChild } from "../skills/sandbox/child.ts";
import { findControlGroups } from "../skills/sandbox/control_groups.ts";
import { sandboxed } from "../skills/sandbox/sandbox.ts";
import { limitSettings } from "../skills/sandbox/shell_limits.ts";
import { tryRunsc } from "../skills/sandbox/chosen_tier.ts";
import { createLaunchPool, type LaunchPool } from "../skills/sandbox/launch_pool.ts";
import { jobUser } from "../skills/sandbox/own_user.ts";
import { probeSandbox } from "../skills/sandbox/sandbox_probe.ts";
import { locateTools } from "../skills/sandbox/tools.ts";
import { diskOf } from "../skills/sandbox/watchdog.ts";
import type { Figure } from "./figures.ts";

const ROUNDS = 30;
const GVISOR_ROUNDS = 8;
/** Whole jobs, and how many of them at once: as a provider runs them by default, and as with `--jobs 30`. */
const JOBS = 60;
const AT_ONCE = [4, 30];
/** Shells that wait. */
const WAITING = 4;
/** The pause between two starts, so that a shell waits again. */
const PAUSE_MS = 60;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Runs the measurement, some seconds. Throws if there is no sandbox. */
export async function benches(): Promise<Figure[]> {
  const path = Deno.env.get("PATH") ?? PATH;
  const tools = await locateTools({ path, execPath: Deno.execPath() });
  const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "crosstown-bench-" });
  try {
    const sandbox = await probeSandbox(tools, Date.now, folder);
    if (sandbox.type === "none") throw new Error(sandbox.reason);
    const sh = tools.sh!;
    const groups = await findControlGroups({ sh, path });
    await using pool = disposable(createLaunchPool({
      ...{ sh, path, groups, keyring: sandbox.keyring, size: WAITING },
    }));
    const limits = { memoryMb: 512, processes: 32 };
    const spec = (at: string) => ({
      binds: [{ from: `${at}/job`, to: "/job", write: true }],
      temp: `${at}/job`,
      seed: at,
      cwd: "/job",
      env: { PATH },
    });
    const job = async (at: string, command: string[], inside = sandbox) => {
      await Deno.mkdir(`${at}/job`, { recursive: true });
      const user = jobUser(sandbox.mode, at);
      if (user !== null) await Deno.chown(`${at}/job`, user, user);
      const setup = limitSettings(limits);
      let elapsedMs = NaN;
      const startedAt = performance.now();
      const { exitCode } = await runChild({
        ...sandboxed(inside, { ...spec(at), setup, command, owned: true }, at),
        timeoutMs: 60_000,
        outputBytes: 65_536,
        sh,
        path,
        tree: { ...limits, disk: diskOf(`${at}/job`) },
        groups,
        pool,
        onOutput: () => elapsedMs = performance.now() - startedAt,
        clock: Date.now,
      });
      if (exitCode !== 0) throw new Error(`a job ended with ${exitCode}`);
      return elapsedMs;
    };
    const toFirstByte = async (inside = sandbox) => {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return await job(folder, ["/bin/echo", "x"], inside);
    };
    const alone = sandboxed(
      { ...sandbox, mode: "user" },
      { ...spec(folder), command: ["/bin/echo", "x"] },
      folder,
    );
    const bare = without(alone.args, sandbox.mode);
    let [best, beside] = [Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round++) {
      best = Math.min(best, await toFirstByte());
      beside = Math.min(beside, await firstByte(alone.command, bare));
    }
    const tried = await tryRunsc(sandbox, { tools, clock: Date.now, scratch: folder, kvm: false });
    const inGvisor: Figure[] = [];
    if ("runsc" in tried) {
      const { runsc } = tried;
      const words = [
        ...runsc.byRoot ? [] : ["--rootless"],
        "--network=none",
        "do",
        "/bin/echo",
        "x",
      ];
      let [start, alone] = [Infinity, Infinity];
      for (let round = 0; round < GVISOR_ROUNDS; round++) {
        start = Math.min(start, await toFirstByte({ ...sandbox, runsc }));
        alone = Math.min(
          alone,
          await firstByte(sh, ["-c", 'exec "$0" "$@"', runsc.path, ...words]),
        );
      }
      const compare = { name: "runsc do alone", value: alone };
      const name = "the same in gVisor inside bubblewrap";
      inGvisor.push({ name, value: start, unit: "ms", compare, ratio: alone / start });
    }
    const jobsPerS = async (atOnce: number) => {
      const startedAt = performance.now();
      let next = 0;
      await Promise.all(Array.from({ length: atOnce }, async () => {
        while (next < JOBS) await job(`${folder}/${atOnce}-${next++}`, ["/bin/sh", "-c", "true"]);
      }));
      return JOBS / (performance.now() - startedAt) * 1_000;
    };
    const whole: Figure[] = [];
    for (const atOnce of AT_ONCE) {
      const name = `whole jobs that do nothing, ${atOnce} at once`;
      whole.push({ name, value: await jobsPerS(atOnce), unit: "jobs/s" });
    }
    return [
      {
        name: "a job's start in the sandbox, to its first byte",
        value: best,
        unit: "ms",
        compare: { name: "bubblewrap alone", value: beside },
        ratio: beside / best,
      },
      ...inGvisor,
      ...whole,
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function disposable(pool: LaunchPool): LaunchPool & AsyncDisposable {
  return { ...pool, [Symbol.asyncDispose]: () => pool.close() };
}

/** Bubblewrap's arguments without the filter of system calls, with the same kind of namespaces as a job. */
function without(args: readonly string[], mode: "user" | "root"): string[] {
  const bare = [...args];
  // Both name descriptors that only the shell of a job opens.
  for (const name of ["--seccomp", "--json-status-fd"]) bare.splice(bare.indexOf(name), 2);
  if (mode === "user") return bare;
  bare.splice(bare.indexOf("--unshare-user"), 5);
  const nested = bare.indexOf("--disable-userns");
  return nested < 0 ? bare : bare.toSpliced(nested, 1);
}

async function firstByte(command: string, args: string[]): Promise<number> {
  const startedAt = performance.now();
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
