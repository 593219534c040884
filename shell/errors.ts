/**
 * What a failed command prints, and its exit code. A user's mistake prints one line and a suggestion, and exits with 2. A refusal or an
 * expected failure exits with 1. Any other error prints its stack.
 *
 * @module
 */
import { crossesPorts } from "../base/ports/error_classes.ts";
import { AmountError } from "./amount.ts";
import { ConfigError } from "../base/config_error.ts";
import { codeOf, suggestionOf } from "../base/thrown.ts";
import { folded } from "./fitted_text.ts";
import { type Output, printable } from "./output.ts";
import { OutputError } from "./output_error.ts";

/** A user's mistake: exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** Stable, snake_case. */
  readonly code: string;
  /** What to do instead. */
  readonly suggestion: string;
  /** Names the mistake and what to do instead. */
  constructor(message: string, suggestion: string, code = "usage", options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.suggestion = suggestion;
  }
}

/** A refusal or failure that is not the user's mistake: exit 1, one line and a suggestion. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Stable, snake_case. */
  readonly code: string;
  /** What to do now. */
  readonly suggestion: string;
  /** Names the condition and what to do now. */
  constructor(code: string, message: string, suggestion: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.suggestion = suggestion;
  }
}

/** What is printed about a failure. `stack` is present only for unexpected errors. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly suggestion: string;
  readonly exitCode: number;
  readonly stack?: string;
}

/** Errors that are the user's mistake: what was typed, set or written in a file is wrong. */
const MISTAKES = [UsageError, ConfigError, AmountError];

/** Codes of services that only a typing mistake can cause. */
const MISTAKE_CODES = new Set([
  "bad_job",
  "bad_input",
  "bad_requirement",
  "input_not_found",
  "bad_sequence",
]);

const MAKE_ROOM = "free space on the disk of this home, then run the command again";

/** Suggestions for the codes of services. A service's own `suggestion` has precedence. */
const SUGGESTIONS: Readonly<Record<string, string>> = {
  locked:
    "another crosstown process uses this home: wait until it ends, or stop its daemon with 'crosstown mayor down' or 'crosstown node down'",
  lock_timeout:
    "another crosstown process uses this home: wait until it ends, or stop its daemon with 'crosstown mayor down' or 'crosstown node down'",
  wrong_passphrase:
    "check the passphrase and its source: --passphrase-file, --passphrase-fd, a systemd credential, or passphrase_file or passphrase_keyring in the configuration; if it is right, the wallet's file was changed: put a copy of the wallet in its place",
  wallet_format:
    "the wallet's file (identity.enc in the home, or what the configuration names) is no wallet: put a copy of the wallet in its place",
  no_file:
    "check the path: --passphrase-file or --token-file names it, or passphrase_file under [wallet] in crosstown.toml",
  not_a_file:
    "name the file itself, not a folder or a device: --passphrase-file or --token-file names it, or passphrase_file under [wallet] in crosstown.toml",
  corrupt:
    "stop every crosstown process of this home, then run 'crosstown state check' and 'crosstown state recover'",
  ceiling:
    "a ceiling was reached: see 'crosstown wallet limits', and the limits in 'crosstown config'",
  unreachable: "run 'crosstown doctor' to see what answers and what does not",
  offline: "run 'crosstown doctor' to see what answers and what does not",
  wrong_hash:
    "a server gave other bytes than were stored: nothing was kept; ask again later, or ask the provider for the job again",
  not_there: "the server keeps blobs for a limited time; ask for the job again with --again",
  stalled:
    "the blob's server is too slow or hangs: run the command again, it goes on where it ended",
  payment_required:
    "see 'crosstown wallet balance' and 'crosstown channel list'; run the command again when it is paid",
  paused: "'crosstown mayor resume' lets it go on",
  recovering: "run 'crosstown channel recover', unless another mayor uses this wallet",
  full: MAKE_ROOM,
  funds:
    "see 'crosstown wallet balance'; on a test network 'crosstown wallet faucet' gives tokens; send gas to the account",
  ambiguous: "give more digits of the id; 'crosstown job list' shows them",
  bad_job: "see 'crosstown job submit --help'",
  bad_input: "see 'crosstown job submit --help'",
  input_not_found:
    "check the path; a text that looks like a path can be given on standard input with --input -",
  no_containerfile:
    "check the folder; -f of 'crosstown build', or the param dockerfile, names another file, and what .gitignore excludes is not sent",
  path_too_long: "use a home with a shorter path: --home DIR or GASTOWN_HOME",
  not_found: "check the id; 'crosstown job list' shows the known ones",
};

/** Computes what to print for any thrown value. */
export function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return unforeseen(new Error(String(error)));
  if (error instanceof Interrupted) {
    return {
      code: "interrupted",
      message: error.message,
      suggestion: error.suggestion ?? "run the command again: it continues from the saved state",
      exitCode: error.exitCode,
    };
  }
  if (error instanceof Deno.errors.NotCapable) {
    return {
      code: "permission",
      message: error.message.split("\n")[0],
      suggestion: "run it as 'deno task -q crosstown ...', or with the flags in the README",
      exitCode: 1,
    };
  }
  const disk = error instanceof OutputError ? null : diskFailure(error.message);
  if (disk !== null) return disk;
  const code = codeOf(error);
  // Our own codes are snake_case. A code of Node or Deno (ENOENT) is a bug, unless it was translated before.
  if (code === undefined || !/^[A-Z]?[a-z0-9][a-z0-9_]*$/.test(code)) {
    return unforeseen(error);
  }
  return {
    code,
    message: error.message,
    suggestion: suggestionOf(error) ?? SUGGESTIONS[code] ??
      "run it again with --verbose, or 'crosstown doctor'",
    exitCode: MISTAKES.some((each) => error instanceof each) || MISTAKE_CODES.has(code) ? 2 : 1,
  };
}

/** A disk error of the system, found by its error number. It is never a fault of the program. */
function diskFailure(message: string): Failure | null {
  const [, errno] = /\(os error (\d+)\)/.exec(message) ?? [];
  const told = DISK_TROUBLE[errno ?? ""];
  if (told === undefined) return null;
  const [code, what, suggestion] = told;
  return { code, message: `${what}: ${message}`, suggestion, exitCode: 1 };
}

/** By the system's error number on Linux and macOS. */
const DISK_TROUBLE: Readonly<Record<string, readonly [string, string, string]>> = {
  "28": ["full", "the disk is full", MAKE_ROOM],
  "30": ["read_only", "the disk is read-only", "use a home on a writable disk: --home DIR"],
  "122": ["full", "the quota of this disk is used up", MAKE_ROOM],
};

/**
 * Prints a failure: a document on standard output with `--output json`, else lines on standard error. They are also printed if standard
 * output cannot be written. Never rejects.
 */
export async function printFailure(output: Output, failure: Failure): Promise<void> {
  const { code, message, suggestion, stack } = failure;
  if (output.mode === "json") {
    await output.jsonLine({ error: { code, message, suggestion } })
      .catch(() => reasonLines(output, failure));
  } else await reasonLines(output, failure);
  if (stack !== undefined) await output.error(printable(stack));
}

/**
 * Prints why a command failed: two lines on standard error for people, of which a terminal shows the second one in whole words. A command that failed after it printed its document calls it too.
 * With `--output json` it prints nothing, because the document has the reason.
 */
export async function printReason(
  output: Output,
  reason: Pick<Failure, "message" | "suggestion">,
): Promise<void> {
  if (output.mode !== "json") await reasonLines(output, reason);
}

async function reasonLines(
  output: Output,
  { message, suggestion }: Pick<Failure, "message" | "suggestion">,
): Promise<void> {
  await output.error(`${output.styleError("red", "Error:")} ${printable(oneLine(message))}`);
  const words = folded(printable(suggestion), output.errorWidth, "Suggestion: ".length);
  await output.error(`${output.styleError("dim", "Suggestion:")} ${words}`);
}

/** Thrown by a command that was stopped by a signal (130, 143). */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** Always `interrupted`. */
  readonly code = "interrupted";
  /** 128 and the number of the signal. */
  readonly exitCode: number;
  /** What continues without the command, and what to do about it. */
  readonly suggestion?: string;
  /** Names the signal. */
  constructor(
    readonly signal: "SIGINT" | "SIGTERM" | "SIGHUP",
    more?: { readonly goesOn: string; readonly suggestion: string },
  ) {
    super(`Interrupted by ${signal}${more === undefined ? "" : `; ${more.goesOn}`}`);
    this.exitCode = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal];
    this.suggestion = more?.suggestion;
  }
}

/** Whether an error only means that the command was stopped. */
export function isAbort(error: unknown): boolean {
  if (error instanceof Interrupted) return error.suggestion === undefined;
  return error instanceof Error && error.name === "AbortError";
}

/** Runs `work`. If a signal ends it, the failure says what continues without the command. */
export async function unlessInterrupted<Result>(
  signal: AbortSignal,
  more: { readonly goesOn: string; readonly suggestion: string },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { reason } = signal;
    if (!signal.aborted || !isAbort(error) || !(reason instanceof Interrupted)) throw error;
    throw new Interrupted(reason.signal, more);
  }
}

crossesPorts<Interrupted>("Interrupted", ({ message }) => {
  const signals = ["SIGTERM", "SIGHUP"] as const;
  return new Interrupted(signals.find((each) => message.endsWith(each)) ?? "SIGINT");
});

function unforeseen(error: Error): Failure {
  return {
    code: "internal",
    message: error.message || error.name,
    suggestion: "this is a bug in crosstown: please report the lines below",
    exitCode: 1,
    stack: error.stack ?? String(error),
  };
}

function oneLine(message: string): string {
  return message.replaceAll(/\s*\n\s*/g, " ");
}
