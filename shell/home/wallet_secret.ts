/**
 * The sources of secrets for commands: a file, a descriptor, the configuration, or a person at a terminal. Without a terminal nothing is
 * asked, and a secret is never an argument.
 *
 * A descriptor returns its line once. So a secret from a descriptor, like a typed one, is kept until the command ends. A daemon forgets it
 * earlier: {@link forgetSecrets}.
 *
 * @module
 */
import { isAbsolute, join } from "../../base/path.ts";
import { unlessAborted } from "../../base/until_aborted.ts";
import { readFirstLine } from "../../money/wallet/first_line.ts";
import { keyLine } from "../../money/wallet/key_line.ts";
import { KeyFileError } from "../../money/wallet/key_file_error.ts";
import { isLongEnough } from "../../money/wallet/passphrase.ts";
import type { SecretSource } from "../../money/wallet/secret_source.ts";
import type { Invocation } from "../command.ts";
import { CommandError, Interrupted, isAbort, UsageError } from "../errors.ts";
import type { Asker } from "./asker.ts";
import type { Io } from "../io.ts";

/** A question for a secret: its name and its options. */
interface SecretQuestion {
  /** The name in options: `passphrase` (the global one), `newPassphrase`, `key`. */
  readonly option: "passphrase" | "newPassphrase" | "key";
  /** The text on the terminal, e.g. `Passphrase`. */
  readonly prompt: string;
  /** A passphrase that is chosen now: asks twice, to find a typing error, and again where the two differ or are too short. */
  readonly twice?: boolean;
  /** The source if no option was given. */
  readonly fallback?: SecretSource | null;
}

/** The source of a secret. Throws UsageError if there is none and nobody can be asked. */
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
  return { text: await (twice ? askTwice : ask)({ io, signal }, prompt) };
}

/** The most times that a new passphrase is asked for, so that a program that types the same every time comes to an end. */
const MAX_TRIES = 3;

async function askTwice(asker: Pick<Asker, "io" | "signal">, prompt: string): Promise<string> {
  let remark = "";
  for (let tries = 1;; tries++) {
    const answer = await ask(asker, `${remark}${prompt}`);
    if (!isLongEnough(answer) && tries < MAX_TRIES) {
      remark = "That is too short. ";
      continue;
    }
    if (await ask(asker, `${prompt} again`) === answer) return answer;
    if (tries >= MAX_TRIES) {
      throw new UsageError("the two entries differ", "run the command again", "secret_differs");
    }
    remark = "The two entries differ. ";
  }
}

/** The given options of one secret. */
interface SecretFlags {
  readonly file: string | undefined;
  readonly descriptor: string | undefined;
  /** The part before `-file` and `-fd`. */
  readonly flag: string;
}

/** The secret that options name, or null if none was given. Throws UsageError. */
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
  return { file: isAbsolute(file) ? file : join(io.cwd(), file) };
}

/** Whether a person can be asked. */
export function canAsk({ globals, io }: Pick<Asker, "globals" | "io">): boolean {
  return io.askSecret !== undefined && !globals.nonInteractive;
}

/** What a person typed, by process. */
const asked = new WeakMap<Io, Promise<string>>();

/** The wallet's passphrase from the person at the terminal. A command asks only once. */
export async function askedPassphrase(
  { io, signal }: Pick<Asker, "io" | "signal">,
): Promise<{ readonly text: string }> {
  const typing = asked.get(io) ?? ask({ io, signal }, "Passphrase");
  asked.set(io, typing);
  return { text: await typing };
}

/** Forgets a typed or piped secret. The next caller asks for it again; a pipe cannot be asked again. */
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

/** The line of a descriptor, and the flag that read it; null after it was forgotten. */
interface PipedLine {
  readonly flag: string;
  text: Promise<string> | null;
}

/** By descriptor number. */
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
  const options = { maxBytes: MAX_LINE_BYTES, secretOf: secretOf(flag) };
  return await asUsage(flag, readSecretText(nameOf(flag), { descriptor }, options));
}

const MAX_LINE_BYTES = 4_096;

/** A key may have a second line. */
function secretOf(flag: string): ((text: string) => string) | undefined {
  return flag === "key" ? keyLine : undefined;
}

/** The first line of standard input. Later readers start after the chunk of that line. Throws UsageError. */
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
    const rule = { what, maxBytes: MAX_LINE_BYTES, read, secretOf: secretOf(flag) };
    const line = await asUsage(flag, readFirstLine(rule));
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

/** Reports a piped secret that cannot be read as wrong use. */
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

/** A flag's name in a sentence. */
function nameOf(flag: string): string {
  return flag.replaceAll("-", " ");
}

function flagOf(option: string): string {
  return option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}
