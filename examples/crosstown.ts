/**
 * How the examples start `crosstown` and read what it prints. Here it is started from the sources, with the flags of
 * its task. If it is installed, `new Deno.Command("crosstown", { args })` does the same, and so does
 * `spawn("crosstown", args)` in Node.
 *
 * @module
 */
import { runFlags } from "../shell/run_flags.ts";

/** The command `crosstown ARGS`, not started yet. */
export function crosstown(args: readonly string[], options: Deno.CommandOptions = {}) {
  const execPath = Deno.execPath();
  const [config, program] = ["../deno.json", "../cli.ts"].map((path) =>
    new URL(path, import.meta.url).pathname
  );
  return new Deno.Command(execPath, {
    ...options,
    args: ["run", "--config", config, ...runFlags(execPath), program, ...args],
  });
}

/** The document that every command prints with `--output json` when it refuses or fails. */
interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly suggestion?: string };
}

/** The one document of a command. Throws the message of a failure, with what to do about it. */
export async function ask<T>(args: readonly string[]): Promise<T> {
  const command = crosstown([...args, "--output", "json"], { stderr: "inherit" });
  const { success, stdout } = await command.output();
  const document = JSON.parse(new TextDecoder().decode(stdout)) as T | Failure;
  if (success) return document as T;
  const { message, suggestion = "" } = (document as Failure).error;
  throw new Error(`${message}; ${suggestion}`);
}

/** The documents of a command that prints one per line. */
export async function* documents<T>(lines: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  let rest = "";
  for await (const text of lines.pipeThrough(new TextDecoderStream())) {
    const whole = (rest + text).split("\n");
    rest = whole.pop()!;
    for (const line of whole) yield JSON.parse(line) as T;
  }
}
