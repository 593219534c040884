/**
 * The command on a pseudo-terminal, as a person uses it: `script` (util-linux) makes one.
 *
 * @module
 */
import { runFlags } from "../../shell/run_flags.ts";

const ROOT = new URL("../../", import.meta.url);

/** Whether there is a `script` that makes pseudo-terminals, as on Linux. */
export const HAS_TERMINAL = Deno.build.os === "linux" &&
  await new Deno.Command("script", { args: ["--version"], stdout: "null", stderr: "null" })
    .output().then(({ success }) => success, () => false);

/** Runs `crosstown ARGS`, typing an answer after each question; gives all that the terminal showed, and the exit code. */
export async function typed(
  args: readonly string[],
  answers: readonly string[],
  { home, question = /assphrase[^\n]*: $/, path, onShown }: {
    readonly home: string;
    /** The `PATH` of the command; this process's own unless told. */
    readonly path?: string;
    readonly question?: RegExp;
    /** Told all that the terminal showed so far, each time that there is more; what it does is done beside. */
    readonly onShown?: (shown: string) => Promise<void>;
  },
): Promise<{ readonly code: number; readonly shown: string }> {
  const execPath = Deno.execPath();
  const words = [
    execPath,
    "run",
    "--config",
    new URL("deno.json", ROOT).pathname,
    ...runFlags(execPath),
    new URL("cli.ts", ROOT).pathname,
    ...args,
  ];
  const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const userHome = Deno.env.get("HOME") ?? "/";
  const child = new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    cwd: home,
    clearEnv: true,
    env: {
      PATH: path ?? Deno.env.get("PATH") ?? "",
      HOME: home,
      GASTOWN_HOME: home,
      TERM: "dumb",
      SHELL: "/bin/sh",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${userHome}/.cache/deno`,
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  const left = [...answers];
  let shown = "";
  const beside: Promise<void>[] = [];
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += part;
    if (left.length > 0 && question.test(shown)) {
      await keyboard.write(new TextEncoder().encode(`${left.shift()}\r`));
    }
    if (onShown !== undefined) beside.push(onShown(shown));
  }
  await Promise.all(beside);
  const { code } = await child.status;
  await keyboard.close().catch(() => undefined);
  return { code, shown };
}
