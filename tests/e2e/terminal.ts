/**
 * The command on a pseudo-terminal, as a person uses it: `script` (util-linux) makes one.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";
import { countedInto, started } from "../program.ts";

/** Whether there is a `script` that makes pseudo-terminals, as on Linux. */
export const HAS_TERMINAL = Deno.build.os === "linux" &&
  await new Deno.Command("script", { args: ["--version"], stdout: "null", stderr: "null" })
    .output().then(({ success }) => success, () => false);

/** A text that a person waits for on the terminal, and the action that follows. */
export interface Act {
  /** It must appear after the text of the act before. */
  readonly seen: RegExp;
  /** Keys that are typed then. */
  readonly keys?: string;
  /** An action elsewhere; the terminal continues meanwhile. */
  readonly beside?: () => Promise<unknown>;
}

/** How long an act may take on a busy machine. */
const ACT_MS = 180_000;

/**
 * Plays acts one after another on a terminal of 100x40 on which `crosstown ARGS` runs. Returns everything that it
 * showed, without escapes, and the exit code. Throws if an act's text does not appear, with what was shown instead.
 */
export async function played(
  args: readonly string[],
  acts: readonly Act[],
  { home }: { readonly home: string },
): Promise<{ readonly code: number; readonly shown: string }> {
  return await playedOn(onTerminal(args, home, "stty rows 40 cols 100; exec "), acts);
}

/** Plays acts with a shell on a terminal. Its `PATH` finds `crosstown`, and its home is `home`. */
export async function playedInShell(
  shell: string,
  acts: readonly Act[],
  { home }: { readonly home: string },
): Promise<{ readonly code: number; readonly shown: string }> {
  const bin = await Deno.makeTempDir();
  try {
    const program = `#!/bin/sh\nexec ${lineOf([])} "$@"\n`;
    await Deno.writeTextFile(`${bin}/crosstown`, program, { mode: 0o755 });
    const path = `${bin}:${Deno.env.get("PATH") ?? ""}`;
    return await playedOn(lineOnTerminal(`stty rows 40 cols 100; exec ${shell}`, home, path), acts);
  } finally {
    await Deno.remove(bin, { recursive: true });
  }
}

async function playedOn(
  child: Deno.ChildProcess,
  acts: readonly Act[],
): Promise<{ readonly code: number; readonly shown: string }> {
  const keyboard = child.stdin.getWriter();
  let shown = "";
  let over = false;
  let tell = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      shown += part;
      tell.resolve();
    }
    over = true;
    tell.resolve();
  })();
  const late = setTimeout(() => child.kill("SIGKILL"), ACT_MS * acts.length);
  const beside: Promise<unknown>[] = [];
  try {
    let from = 0;
    for (const { seen, keys, beside: does } of acts) {
      const actMs = setTimeout(() => child.kill("SIGKILL"), ACT_MS);
      for (;;) {
        const text = stripVTControlCharacters(shown);
        const found = seen.exec(text.slice(from));
        if (found !== null) {
          from += found.index + found[0].length;
          break;
        }
        if (over) throw new Error(`${seen} did not show:\n${text}`);
        await tell.promise;
        tell = Promise.withResolvers();
      }
      clearTimeout(actMs);
      if (does !== undefined) beside.push(does());
      if (keys !== undefined) await keyboard.write(new TextEncoder().encode(keys));
    }
    await reading;
    await Promise.all(beside);
    const { code } = await child.status;
    return { code, shown: stripVTControlCharacters(shown) };
  } finally {
    clearTimeout(late);
    await keyboard.close().catch(() => undefined);
    if (!over) child.kill("SIGKILL");
    await child.status;
    await Promise.allSettled(beside);
  }
}

/** Runs `crosstown ARGS`, typing an answer after each question; returns everything that the terminal showed, and the exit code. */
export async function typed(
  args: readonly string[],
  answers: readonly string[],
  { home, question = /assphrase[^\n]*: $/, path, onShown }: {
    readonly home: string;
    /** The `PATH` of the command; by default this process's own. */
    readonly path?: string;
    readonly question?: RegExp;
    /** Called with everything that the terminal showed so far, each time that there is more. The terminal does not wait for it. */
    readonly onShown?: (shown: string) => Promise<void>;
  },
): Promise<{ readonly code: number; readonly shown: string }> {
  const child = onTerminal(args, home, "", path);
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

/** `crosstown ARGS` on a pseudo-terminal; a shell runs `before` first. */
function onTerminal(args: readonly string[], home: string, before: string, path?: string) {
  return lineOnTerminal(`${before}${lineOf(args)}`, home, path);
}

/** `crosstown ARGS` as a line for a shell. */
function lineOf(args: readonly string[]): string {
  const words = [Deno.execPath(), ...started(args)];
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

function lineOnTerminal(line: string, home: string, path?: string): Deno.ChildProcess {
  const userHome = Deno.env.get("HOME") ?? "/";
  return new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    cwd: home,
    clearEnv: true,
    env: {
      ...countedInto,
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
}
