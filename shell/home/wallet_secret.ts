/**
 * Where commands take secrets from: a file, a descriptor, the configuration, or a person at a terminal. Nothing is asked without
 * one, and nothing secret is ever an argument.
 *
 * A descriptor gives its line once, so a secret that came from one is held until the command ends, as one that was typed. A daemon
 * does not keep it that long: {@link forgetSecrets}.
 *
 * @module
 */
import { unlessAborted } from "../../base/until_aborted.ts";
import { readFirstLine } from "../../money/wallet/first_line.ts";
import { KeyFileError } from "../../money/wallet/key_file_error.ts";
import type { SecretSource } from "../../money/wallet/secret_source.ts";
import type { Invocation } from "../command.ts";
import { CommandError, Interrupted, isAbort, UsageError } from "../errors.ts";
import type { Asker } from "./asker.ts";
import type { Io } from "../io.ts";

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
  { options, io, globals, output, signal }: Invocation,
  { option, prompt, twice, fallback }: SecretQuestion,
): Promise<SecretSource> {
  const isPassphrase = option === "passphrase";
  const flag = flagOf(option);
  const given = await givenSecret({ io, signal }, {
    file: isPassphrase ? globals.passphraseFile : options.text(`${option}File`),
    descriptor: isPassphrase ? globals.passphraseFd : options.text(`${option}Fd`),
    flag,
  });
  if (given !== null) return given;
  if (fallback) return fallback;
  if (!canAsk({ globals, io })) {
    throw new UsageError(
      `--${flag}-file is missing`,
      `write it in a file of yours, 'chmod 600' it and name it with --${flag}-file, or pipe it to --${flag}-fd; there is no terminal to ask for it`,
    );
  }
  await output.flush();
  const answer = await ask({ io, signal }, prompt);
  if (twice && await ask({ io, signal }, `${prompt} again`) !== answer) {
    throw new UsageError("the two entries differ", "run the command again", "secret_differs");
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
  { io, signal }: Pick<Asker, "io" | "signal">,
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
    return { text: await fromDescriptor({ io, signal }, flag, Number(descriptor ?? 0)) };
  }
  if (file === undefined) return null;
  const { isAbsolute, join } = await import("node:path");
  return { file: isAbsolute(file) ? file : join(io.cwd(), file) };
}

/** Whether a person can be asked. */
export function canAsk({ globals, io }: Pick<Asker, "globals" | "io">): boolean {
  return io.askSecret !== undefined && !globals.nonInteractive;
}

/** What was typed, by the process that it was typed to. */
const asked = new WeakMap<Io, Promise<string>>();

/** The wallet's passphrase from the person at the terminal, who is asked once a command. */
export async function askedPassphrase(
  { io, signal }: Pick<Asker, "io" | "signal">,
): Promise<{ readonly text: string }> {
  const typing = asked.get(io) ?? ask({ io, signal }, "Passphrase");
  asked.set(io, typing);
  return { text: await typing };
}

/** Forgets the secret that was typed or piped. The next caller asks for it again; a pipe cannot be asked twice. */
export function forgetSecrets(io: Io): void {
  asked.delete(io);
  for (const line of piped.get(io)?.values() ?? []) line.text = null;
}

async function ask({ io, signal }: Pick<Asker, "io" | "signal">, prompt: string): Promise<string> {
  const answer = await io.askSecret!(`${prompt}: `, signal).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw isAbort(error) ? new Interrupted("SIGINT") : error;
  });
  if (answer !== null) return answer;
  throw new CommandError("given_up", "nothing was typed", "run the command again");
}

/** The line that a descriptor gave, and which flag asked for it; null once it was let go of. */
interface PipedLine {
  readonly flag: string;
  text: Promise<string> | null;
}

/** By the descriptor's number. */
const piped = new WeakMap<Io, Map<number, PipedLine>>();

async function fromDescriptor(
  { io, signal }: Pick<Asker, "io" | "signal">,
  flag: string,
  descriptor: number,
): Promise<string> {
  const lines = piped.get(io) ?? new Map<number, PipedLine>();
  piped.set(io, lines);
  const before = lines.get(descriptor);
  if (before !== undefined && (before.flag !== flag || before.text === null)) {
    const name = descriptor === 0 ? "standard input" : `descriptor ${descriptor}`;
    throw new UsageError(`${name} holds one secret`, "name a file for the other");
  }
  const text = before?.text ??
    (descriptor === 0 ? lineOf(io.stdin, flag, signal) : lineOfDescriptor(flag, descriptor));
  lines.set(descriptor, { flag, text });
  return await unlessAborted(signal, text);
}

async function lineOfDescriptor(flag: string, descriptor: number): Promise<string> {
  const { readSecretText } = await import("../../money/wallet/key_reader.ts");
  return await asUsage(flag, readSecretText(nameOf(flag), { descriptor }, MAX_LINE_BYTES));
}

const MAX_LINE_BYTES = 4_096;

/** The first line of standard input. Whoever reads it afterwards begins behind that line's chunk. Throws UsageError. */
async function lineOf(
  stdin: ReadableStream<Uint8Array>,
  flag: string,
  signal: AbortSignal,
): Promise<string> {
  if (stdin.locked) {
    throw new UsageError("standard input is read already", `name a file with --${flag}-file`);
  }
  const reader = stdin.getReader();
  const read = async (buffer: Uint8Array) => {
    const { value, done } = await unlessAborted(signal, reader.read());
    if (done) return null;
    const part = value.subarray(0, buffer.length);
    buffer.set(part);
    value.fill(0);
    return part.length;
  };
  try {
    const what = nameOf(flag);
    const line = await asUsage(flag, readFirstLine({ what, maxBytes: MAX_LINE_BYTES, read }));
    if (line !== null) return line;
    throw new UsageError(
      `standard input ended without the ${what}`,
      `pipe it to --${flag}-fd 0, or name a file with --${flag}-file`,
      "secret_missing",
    );
  } finally {
    reader.releaseLock();
  }
}

/** A secret that cannot be read was piped wrongly. */
async function asUsage<T>(flag: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    throw new UsageError(
      error.message,
      error.code === "too_large"
        ? "give the secret in the first line"
        : `pipe it to --${flag}-fd 0, or name a file with --${flag}-file`,
      error.code === "missing" ? "secret_missing" : "secret_unreadable",
    );
  }
}

/** A flag as a sentence has it. */
function nameOf(flag: string): string {
  return flag.replaceAll("-", " ");
}

function flagOf(option: string): string {
  return option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}
