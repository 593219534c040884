/**
 * Where `crosstown wallet` takes its secrets from: a file, a descriptor, the configuration, or a person at a terminal. Nothing is
 * asked without one, and nothing secret is ever an argument.
 *
 * @module
 */
import type { SecretSource } from "../services/wallet/secret_source.ts";
import type { Invocation, OptionSpec } from "./command.ts";
import { CommandError, UsageError } from "./errors.ts";

/** The options of every command that opens a wallet. */
export const PASSPHRASE_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--passphrase-file <file>",
    summary: "a file that only you can read, whose first line is the passphrase",
  },
  {
    flags: "--passphrase-fd <number>",
    summary: "0 for standard input, whose first line is the passphrase",
  },
];

/** What a secret is called, and by which options it comes. */
export interface SecretQuestion {
  /** As options have it: `passphrase`, `newPassphrase`, `key`. */
  readonly option: string;
  /** What the terminal shows: `Passphrase`. */
  readonly prompt: string;
  /** Asked twice, so that a typing error is found. */
  readonly twice?: boolean;
  /** A file to take it from where nothing was given. */
  readonly fallback?: string | null;
}

/** The source of a secret. Throws UsageError where there is none and nobody to ask. */
export async function secretSource(
  { options, io, globals, output }: Invocation,
  { option, prompt, twice, fallback }: SecretQuestion,
): Promise<SecretSource> {
  const flag = option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  const file = options.text(`${option}File`);
  const descriptor = options.integer(`${option}Fd`, { min: 0, max: 1_023 });
  if (file !== undefined && descriptor !== undefined) {
    throw new UsageError(`--${flag}-file and --${flag}-fd were both given`, "give one of them");
  }
  // Deno lets nobody open /dev/fd/0 without every permission, so standard input is read as such.
  if (file === "-" || descriptor === 0) return { text: await lineOf(io.stdin) };
  if (file !== undefined) {
    const { isAbsolute, join } = await import("node:path");
    return { file: isAbsolute(file) ? file : join(io.cwd(), file) };
  }
  if (descriptor !== undefined) return { descriptor };
  if (typeof fallback === "string") return { file: fallback };
  if (io.askSecret === undefined || globals.nonInteractive) {
    throw new UsageError(
      `--${flag}-file is missing`,
      `write it in a file of yours, 'chmod 600' it and name it with --${flag}-file, or pipe it to --${flag}-fd; it is asked for only on a terminal`,
    );
  }
  const ask = async (text: string): Promise<string> => {
    await output.flush();
    const answer = await io.askSecret!(`${text}: `);
    if (answer !== null) return answer;
    throw new CommandError("given_up", "nothing was typed", "run the command again");
  };
  const answer = await ask(prompt);
  if (twice && await ask(`${prompt} again`) !== answer) {
    throw new UsageError("the two are not the same", "run the command again", "secret_differs");
  }
  return { text: answer };
}

const MAX_LINE_BYTES = 4_096;

/** The first line of standard input, which may be asked for once. Throws UsageError. */
async function lineOf(stdin: ReadableStream<Uint8Array>): Promise<string> {
  if (stdin.locked) {
    throw new UsageError("standard input holds one secret", "name a file for the other");
  }
  const reader = stdin.getReader();
  const bytes: number[] = [];
  try {
    while (!bytes.includes(10)) {
      const { value, done } = await reader.read();
      if (done) break;
      bytes.push(...value.subarray(0, MAX_LINE_BYTES + 1));
      if (bytes.length > MAX_LINE_BYTES) {
        throw new UsageError(
          `standard input has more than ${MAX_LINE_BYTES} bytes`,
          "give the secret in its first line",
        );
      }
    }
    const text = new TextDecoder().decode(Uint8Array.from(bytes));
    return text.split(/\r?\n/, 1)[0];
  } finally {
    bytes.fill(0);
    // Not released: nobody else reads what came behind.
  }
}
