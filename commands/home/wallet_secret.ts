/**
 * Where commands take secrets from: a file, a descriptor, the configuration, or a person at a terminal. Nothing is asked without
 * one, and nothing secret is ever an argument.
 *
 * A descriptor gives its line once, so a secret that came from one is held until the command ends, as one that was typed.
 *
 * @module
 */
import { KeyFileError } from "../../money/wallet/key_file_error.ts";
import type { SecretSource } from "../../money/wallet/secret_source.ts";
import type { Invocation } from "../shell/command.ts";
import { CommandError, Interrupted, isAbort, UsageError } from "../shell/errors.ts";
import type { Asker } from "./asker.ts";
import type { Io } from "../shell/io.ts";

/** What a secret is called, and by which options it comes. */
interface SecretQuestion {
  /** As options have it: `passphrase` (the global one), `newPassphrase`, `key`. */
  readonly option: "passphrase" | "newPassphrase" | "key";
  /** What the terminal shows: `Passphrase`. */
  readonly prompt: string;
  /** Asked twice, so that a typing error is found. */
  readonly twice?: boolean;
  /** Where to take it from when no option was given. */
  readonly fallback?: SecretSource | null;
}

/** The source of a secret. Throws UsageError where there is none and nobody to ask. */
export async function secretSource(
  { options, io, globals, output }: Invocation,
  { option, prompt, twice, fallback }: SecretQuestion,
): Promise<SecretSource> {
  const isPassphrase = option === "passphrase";
  const flag = flagOf(option);
  const given = await givenSecret({ globals, io }, {
    file: isPassphrase ? globals.passphraseFile : options.text(`${option}File`),
    descriptor: isPassphrase ? globals.passphraseFd : options.text(`${option}Fd`),
    flag,
  });
  if (given !== null) return given;
  if (fallback) return fallback;
  if (!canAsk({ globals, io })) {
    throw new UsageError(
      `--${flag}-file is missing`,
      `write it in a file of yours, 'chmod 600' it and name it with --${flag}-file, or pipe it to --${flag}-fd; it is asked for only on a terminal`,
    );
  }
  await output.flush();
  const answer = await ask(io, prompt);
  if (twice && await ask(io, `${prompt} again`) !== answer) {
    throw new UsageError("the two are not the same", "run the command again", "secret_differs");
  }
  return { text: answer };
}

/** Options of one secret as they were given. */
interface SecretFlags {
  readonly file: string | undefined;
  readonly descriptor: string | undefined;
  /** What stands before `-file` and `-fd`. */
  readonly flag: string;
}

/** The secret that options name, or null where none was given. Throws UsageError. */
export async function givenSecret(
  { io }: Asker,
  { file, descriptor, flag }: SecretFlags,
): Promise<{ readonly file: string } | { readonly text: string } | null> {
  if (file !== undefined && descriptor !== undefined) {
    throw new UsageError(`--${flag}-file and --${flag}-fd were both given`, "give one of them");
  }
  if (descriptor !== undefined && !/^(0|[1-9]\d{0,2}|10[01]\d|102[0-3])$/.test(descriptor)) {
    throw new UsageError(
      `--${flag}-fd must be a whole number from 0 to 1023 (got ${descriptor})`,
      "0 is standard input",
    );
  }
  if (file === "-" || descriptor !== undefined) {
    return { text: await fromDescriptor(io, flag, Number(descriptor ?? 0)) };
  }
  if (file === undefined) return null;
  const { isAbsolute, join } = await import("node:path");
  return { file: isAbsolute(file) ? file : join(io.cwd(), file) };
}

/** Whether a person can be asked. */
export function canAsk({ globals, io }: Asker): boolean {
  return io.askSecret !== undefined && !globals.nonInteractive;
}

const asked = new WeakMap<Io, Promise<string>>();

/** The wallet's passphrase from the person at the terminal, who is asked once a command. */
export async function askedPassphrase({ io }: Asker): Promise<{ readonly text: string }> {
  const typing = asked.get(io) ?? ask(io, "Passphrase");
  asked.set(io, typing);
  return { text: await typing };
}

async function ask(io: Io, prompt: string): Promise<string> {
  const answer = await io.askSecret!(`${prompt}: `).catch((error: unknown) => {
    throw isAbort(error) ? new Interrupted("SIGINT") : error;
  });
  if (answer !== null) return answer;
  throw new CommandError("given_up", "nothing was typed", "run the command again");
}

/** Lines that descriptors gave in this process, by the flag that asked. */
const piped = new WeakMap<Io, Map<number, { flag: string; line: Promise<string> }>>();

async function fromDescriptor(io: Io, flag: string, descriptor: number): Promise<string> {
  const lines = piped.get(io) ?? new Map();
  piped.set(io, lines);
  const before = lines.get(descriptor);
  if (before !== undefined && before.flag !== flag) {
    const name = descriptor === 0 ? "standard input" : `descriptor ${descriptor}`;
    throw new UsageError(`${name} holds one secret`, "name a file for the other");
  }
  const line = before?.line ??
    (descriptor === 0 ? lineOf(io.stdin, flag) : lineOfDescriptor(flag, descriptor));
  lines.set(descriptor, { flag, line });
  return await line;
}

async function lineOfDescriptor(flag: string, descriptor: number): Promise<string> {
  const { readSecretText } = await import("../../money/wallet/key_reader.ts");
  try {
    return await readSecretText(flag, { descriptor }, MAX_LINE_BYTES);
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new UsageError(
      error.message,
      `pipe it to --${flag}-fd 0, or name a file with --${flag}-file`,
      "secret_unreadable",
    );
  }
}

const MAX_LINE_BYTES = 4_096;

/** The first line of standard input. Whoever reads it afterwards begins behind that line's chunk. Throws UsageError. */
async function lineOf(stdin: ReadableStream<Uint8Array>, flag: string): Promise<string> {
  if (stdin.locked) {
    throw new UsageError("standard input is read already", `name a file with --${flag}-file`);
  }
  const reader = stdin.getReader();
  const bytes: number[] = [];
  try {
    while (!bytes.includes(10)) {
      const { value, done } = await reader.read();
      if (done) break;
      bytes.push(...value.subarray(0, MAX_LINE_BYTES + 1));
      value.fill(0);
      if (bytes.length > MAX_LINE_BYTES) {
        throw new UsageError(
          `standard input has more than ${MAX_LINE_BYTES} bytes`,
          "give the secret in its first line",
        );
      }
    }
    if (bytes.length === 0) {
      throw new UsageError(
        `standard input ended before the ${flag.replaceAll("-", " ")} came`,
        `pipe it to --${flag}-fd 0, or name a file with --${flag}-file`,
        "secret_missing",
      );
    }
    return new TextDecoder().decode(Uint8Array.from(bytes)).split(/\r?\n/, 1)[0];
  } finally {
    bytes.fill(0);
    reader.releaseLock();
  }
}

function flagOf(option: string): string {
  return option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}
