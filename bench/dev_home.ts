/**
 * A dev network in its own folder, for benches that measure the program as users start it.
 *
 * @module
 */
import { temporaryFolder } from "../base/files/temporary_folder.ts";
import { runFlags } from "../shell/run_flags.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const CLI = `${ROOT}cli.ts`;

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
  const child = crosstown(folder, args, "piped").spawn();
  const end = async () => {
    await run(folder, ["dev", "down"]);
    await child.stdin.close().catch(() => undefined);
    await Deno.remove(folder, { recursive: true });
  };
  try {
    const up = JSON.parse(outputOf(args, await child.output()));
    return { folder, up, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
}

/** The program as it is installed, in a folder of its own. */
export async function installedProgram(): Promise<{ readonly cli: string } & AsyncDisposable> {
  const folder = await temporaryFolder({ prefix: "ctb" });
  const args = ["task", "-q", "package", "folder", "--out", `${folder}/program`];
  outputOf(args, await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output());
  return {
    cli: `${folder}/program/cli.js`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The command in that home, with the permissions of this process. `cli` is by default that of the sources. */
export function crosstown(
  folder: string,
  args: readonly string[],
  stdin: "null" | "piped" = "null",
  cli = CLI,
): Deno.Command {
  const config = cli.slice(0, cli.lastIndexOf("/")) + "/deno.json";
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--config", config, ...runFlags(Deno.execPath()), cli, ...args],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: folder,
      GASTOWN_HOME: folder,
    },
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

/** The command's standard output; rejects with its standard error if it fails. */
export async function run(folder: string, args: readonly string[]): Promise<string> {
  return outputOf(args, await crosstown(folder, args).output());
}

function outputOf(args: readonly string[], { code, stdout, stderr }: Deno.CommandOutput): string {
  const decoder = new TextDecoder();
  if (code !== 0) {
    const said = `${decoder.decode(stdout)}${decoder.decode(stderr)}`;
    throw new Error(`${args.join(" ")}: ${said.slice(-500)}`);
  }
  return decoder.decode(stdout);
}
