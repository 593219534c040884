/**
 * A dev network in its own folder, and the command, for benches that measure whole processes. Both run the program as it is installed:
 * JavaScript, made by `deno task package folder`.
 *
 * @module
 */
import { temporaryFolder } from "../base/files/temporary_folder.ts";
import { firstLine } from "../commands/daemon/daemon_ready.ts";
import { runFlags } from "../shell/run_flags.ts";

const ROOT = new URL("../", import.meta.url).pathname;
/** The command of the sources. */
export const SOURCES = `${ROOT}cli.ts`;

/** A running network in a home that nothing else uses. */
export interface DevHome extends AsyncDisposable {
  readonly folder: string;
  /** What `dev up` printed. */
  readonly up: {
    readonly relay_url: string;
    readonly provider: string;
    readonly providers: readonly string[];
    readonly pid: number;
  };
}

/** Starts it with its provider. It ends with this process, however that ends, because it reads a pipe that only this process holds. */
export async function devHome(more: readonly string[] = []): Promise<DevHome> {
  const folder = await temporaryFolder({ prefix: "ctb" });
  const args = ["dev", "up", "--detach", "--until-stdin-closes", "--output", "json", ...more];
  const child = crosstown(folder, args, { stdin: "piped", cli: await installedProgram() }).spawn();
  const end = async () => {
    await run(folder, ["dev", "down"]);
    await child.stdin.close().catch(() => undefined);
    await Deno.remove(folder, { recursive: true });
  };
  try {
    const up = JSON.parse(outputOf(args, await child.output()));
    // Providers have delivered nothing yet, and benches pay for many jobs before the first result.
    await run(folder, ["wallet", "limits", "--set", "strangers-day=100"]);
    return { folder, up, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
}

/** The running daemon of a buyer. */
interface Mayor extends AsyncDisposable {
  readonly pid: number;
}

/** Starts the buyer's daemon of a home, and resolves when it is ready. It ends with this process, like {@link devHome}. */
export async function mayorOf(folder: string): Promise<Mayor> {
  const args = ["mayor", "run", "--until-stdin-closes", "--output", "json"];
  const child = crosstown(folder, args, { stdin: "piped", cli: await installedProgram() }).spawn();
  const said = new Response(child.stderr).text();
  const end = async () => {
    await child.stdin.close().catch(() => undefined);
    await Promise.all([child.status, said]);
  };
  const ready = await firstLine(child.stdout, READY_MS).catch(() => null);
  if (ready !== null && !ready.error) return { pid: child.pid, [Symbol.asyncDispose]: end };
  await end();
  throw new Error(`mayor run: ${JSON.stringify(ready)} ${(await said).slice(-3000)}`);
}

const READY_MS = 120_000;

let installed: Promise<string> | undefined;

/** The command of the installed program. It is made once, in a folder that this process removes at its end. */
export function installedProgram(): Promise<string> {
  return installed ??= makeProgram();
}

async function makeProgram(): Promise<string> {
  const folder = await temporaryFolder({ prefix: "ctb" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const args = ["task", "-q", "package", "folder", "--out", `${folder}/program`];
  outputOf(args, await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output());
  return `${folder}/program/cli.js`;
}

/** The command `cli` in that home, with the permissions of this process. */
export function crosstown(
  folder: string,
  args: readonly string[],
  { cli, stdin = "null" }: { readonly cli: string; readonly stdin?: "null" | "piped" },
): Deno.Command {
  const config = cli.slice(0, cli.lastIndexOf("/")) + "/deno.json";
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--config", config, ...runFlags(Deno.execPath()), cli, ...args],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: folder,
      GASTOWN_HOME: folder,
      // As the launchers of the installed program do.
      DENO_NO_UPDATE_CHECK: "1",
      MALLOC_TRIM_THRESHOLD_: "131072",
    },
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

/** Standard output of the installed command; rejects with its standard error if it fails. */
export async function run(folder: string, args: readonly string[]): Promise<string> {
  return outputOf(args, await crosstown(folder, args, { cli: await installedProgram() }).output());
}

function outputOf(args: readonly string[], { code, stdout, stderr }: Deno.CommandOutput): string {
  const decoder = new TextDecoder();
  if (code !== 0) {
    const said = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
    throw new Error(`${args.join(" ")}: ${said.slice(-3000)}`);
  }
  return decoder.decode(stdout);
}
