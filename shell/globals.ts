/**
 * The flags that every command takes.
 *
 * @module
 */
import { UsageError } from "./errors.ts";
import type { OptionSpec } from "./option_spec.ts";
import type { OutputMode, OutputOptions } from "./output.ts";

/** Values of the global flags; undefined if not given, so that environment and file can decide. */
export interface Globals {
  readonly network?: string;
  readonly relay?: string;
  /** `--more-relays`, not checked yet. */
  readonly moreRelays?: string;
  readonly connector?: string;
  readonly home?: string;
  readonly mayor?: string;
  /** `--passphrase-file`. */
  readonly passphraseFile?: string;
  /** `--passphrase-fd`, not checked yet. */
  readonly passphraseFd?: string;
  readonly output: OutputMode;
  readonly nonInteractive: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** The global flags as help shows them. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: "--network <profile>", summary: "network profile (dev, base-sepolia, or one of yours)" },
  { flags: "--relay <url>", summary: "relay to use instead of the profile's" },
  {
    flags: "--more-relays <urls>",
    summary: "further relays to read from, with commas between them",
  },
  { flags: "--connector <url>", summary: "connector to use, btp+ws://host:port or btp+wss://host" },
  { flags: "--home <dir>", summary: "state folder (default: GASTOWN_HOME, nearest .gt, ~/.gt)" },
  {
    flags: "--mayor <name>",
    summary: "name of the mayor whose state is used (default: GASTOWN_MAYOR, mayor-001)",
    values: "mayor",
  },
  {
    flags: "--passphrase-file <file>",
    summary: "file with the wallet's passphrase in its first line; only you can read it",
  },
  {
    flags: "--passphrase-fd <number>",
    summary: "read the passphrase from this open pipe; 0 is standard input",
  },
  {
    flags: "--output <mode>",
    summary: "format of the results",
    choices: ["text", "json", "csv"],
  },
  { flags: "--non-interactive", summary: "never ask; fail when an answer is needed" },
  { flags: "--yes", summary: "answer yes to every question" },
  {
    flags: "--dry-run",
    summary: "only say what would be done; write and spend nothing (not in every command)",
  },
  { flags: "--quiet", summary: "print results only" },
  { flags: "--verbose", summary: "print more on standard error" },
];

/** Reads parsed options into {@link Globals}. Throws UsageError if one is empty. */
export function globalsOf(options: Readonly<Record<string, unknown>>): Globals {
  const text = (name: string) => {
    const value = options[name];
    // An unset variable of a shell must not choose the default home.
    if (value === "") {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      throw new UsageError(`--${flag} is empty`, "give it a value, or leave the flag out");
    }
    return typeof value === "string" ? value : undefined;
  };
  return {
    network: text("network"),
    relay: text("relay"),
    moreRelays: text("moreRelays"),
    connector: text("connector"),
    home: text("home"),
    mayor: text("mayor"),
    passphraseFile: text("passphraseFile"),
    passphraseFd: text("passphraseFd"),
    output: (text("output") ?? "text") as OutputMode,
    nonInteractive: options.nonInteractive === true,
    yes: options.yes === true,
    dryRun: options.dryRun === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
  };
}

/** What can be read from the arguments before they are parsed: how to print a failure, and which group to load. */
interface Glance {
  readonly print: OutputOptions;
  /** The words before `--` that are neither a flag nor a flag's value, in order. */
  readonly words: readonly string[];
}

/** Reads the arguments without checking them. */
export function glance(args: readonly string[]): Glance {
  const valued = GLOBAL_OPTIONS.filter(({ flags }) => flags.includes("<"))
    .map(({ flags }) => flags.split(" ")[0]);
  const words: string[] = [];
  let output: OutputMode = "text";
  const seen = new Set<string>();
  for (let i = 0; i < args.length && args[i] !== "--"; i++) {
    const [flag, inline] = args[i].split("=", 2);
    seen.add(args[i]);
    if (flag === "--output") {
      const mode = inline ?? args[i + 1];
      if (mode === "json" || mode === "csv" || mode === "text") output = mode;
    }
    if (valued.includes(flag) && inline === undefined) i++;
    else if (!flag.startsWith("-")) words.push(args[i]);
  }
  const print = { mode: output, quiet: seen.has("--quiet"), verbose: seen.has("--verbose") };
  return { print, words };
}
