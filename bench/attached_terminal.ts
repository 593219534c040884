/**
 * A dashboard of the program as installed, on a pseudo-terminal of 24 lines and 80 columns.
 *
 * @module
 */
import { runFlags } from "../shell/run_flags.ts";
import { WATCHER_FLAG } from "../shell/start_script.ts";
import { installedProgram } from "./dev_home.ts";
import { childrenOf, shell } from "./processes.ts";

/** A running dashboard. Dispose of it to end it as a user does. */
export interface AttachedTerminal extends AsyncDisposable {
  readonly pid: number;
  /** The memory that it had at its highest, in MiB. */
  peakMegabytes(): Promise<number>;
}

/** Starts `mayor attach` or `node attach`. The second one starts no daemon. */
export async function attachTo(folder: string, role: "mayor" | "node"): Promise<AttachedTerminal> {
  const cli = await installedProgram();
  const config = cli.slice(0, cli.lastIndexOf("/")) + "/deno.json";
  const flags = runFlags(Deno.execPath());
  const args = [
    Deno.execPath(),
    "run",
    WATCHER_FLAG,
    "--config",
    config,
    ...flags,
    cli,
    role,
    "attach",
  ];
  const line = args.map((each) => `'${each.replaceAll("'", "'\\''")}'`).join(" ");
  const terminal = new Deno.Command("sh", {
    args: ["-c", `exec script -qc "$1" /dev/null`, "sh", `stty rows 24 cols 80; exec ${line}`],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: folder,
      GASTOWN_HOME: folder,
      TERM: "xterm",
      LANG: "C.UTF-8",
    },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const keyboard = terminal.stdin.getWriter();
  let pid: number | undefined;
  for (let tries = 0; pid === undefined; tries++) {
    if (tries > 600) throw new Error("the dashboard did not start");
    await new Promise((resolve) => setTimeout(resolve, 100));
    pid = (await childrenOf(terminal.pid, { dashboard: ` ${role} attach` })).dashboard;
  }
  return {
    pid,
    peakMegabytes: () => megabytesOf(pid, "VmHWM"),
    async [Symbol.asyncDispose]() {
      await keyboard.write(new TextEncoder().encode("q")).catch(() => undefined);
      await terminal.status;
      await keyboard.close().catch(() => undefined);
    },
  };
}

/** A field of a process's memory: `VmRSS` now, `VmHWM` at its highest. */
export async function megabytesOf(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const text = await shell(`sed -n 's/^${field}:[^0-9]*//p' /proc/${pid}/status | cut -d' ' -f1`);
  return Number(text) / 1_024;
}
