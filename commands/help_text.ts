/**
 * The help of the program, of a group and of a command, made of their specifications. It needs no parser, so that `--help` loads none.
 *
 * @module
 */
import { childOf, type CommandSpec, type ExampleSpec } from "../shell/command.ts";
import { GLOBAL_OPTIONS } from "../shell/globals.ts";
import type { OptionSpec } from "../shell/option_spec.ts";
import { alignedText } from "../shell/output.ts";

/** How help is shown. */
export interface HelpLook {
  readonly bold: (text: string) => string;
  /** The terminal's width in columns. */
  readonly columns: number;
}

/** A group's line in the help of the program. */
interface GroupLine {
  readonly name: string;
  readonly summary: string;
}

/** What the program is, as the first lines of its help say. */
const PROGRAM_SUMMARY =
  "Buy and sell compute over open protocols: NIP-90 jobs, paid over Interledger.";

/** The program's own flag, beside those that all commands have. */
export const VERSION_OPTION: OptionSpec = { flags: "--version", summary: "show the version" };

const ROOT_EXAMPLES: readonly ExampleSpec[] = [
  { command: "crosstown demo", note: "one paid job on a network of its own" },
  { command: "crosstown dev up --detach", note: "start that network and keep it" },
  { command: "crosstown job submit echo --input hello --wait", note: "a job, paid and verified" },
  { command: "crosstown doctor", note: "check what works and what does not" },
];
const DRY_RUN_TEXT =
  "With --dry-run it only says what it would do. It writes nothing to the home and spends nothing.";
const NDJSON = " With --output json it prints one document a line (NDJSON), each when it happens.";
const HELP_OPTION: OptionSpec = { flags: "-h, --help", summary: "display help for command" };
const HELP_COMMAND: Item = ["help [command]", "display help for command"];

/** Lines are at most this long, also on a wider terminal. */
const MAX_COLUMNS = 100;
/** Where less than this is left for it, text is not wrapped. */
const MIN_COLUMNS = 40;
const INDENT = 2;
const GAP = 2;

/** A term and what it means. */
type Item = readonly [term: string, meaning: string];

/**
 * The help that a plain command line asks for: the words of a command and a flag of help, nothing else. Null if the parser has to read it.
 *
 * @param group The group that the first word names; undefined if it names none.
 */
export function plainHelp(
  groups: readonly GroupLine[],
  group: CommandSpec | undefined,
  line: readonly string[],
  look: HelpLook,
): string | null {
  const words = line.slice(0, -1);
  if (!["--help", "-h"].includes(line.at(-1) ?? "")) return null;
  if (words.length === 0) return rootHelp(groups, look);
  if (group === undefined || words[0] !== group.name) return null;
  const specs = [group];
  for (const word of words.slice(1)) {
    const child = childOf(specs.at(-1)!, word);
    if (child === undefined) return null;
    specs.push(child);
  }
  return commandHelp(specs, look);
}

/** The help of the program: its flags and its groups of commands. */
export function rootHelp(
  groups: readonly GroupLine[],
  look: HelpLook,
): string {
  return shown(look, {
    usage: "crosstown [options] [command]",
    description: PROGRAM_SUMMARY,
    args: [],
    options: [...GLOBAL_OPTIONS, VERSION_OPTION, HELP_OPTION].map(optionItem),
    globals: [],
    commands: [...groups.map(({ name, summary }): Item => [name, summary]), HELP_COMMAND],
    after: [examplesText(ROOT_EXAMPLES)],
  });
}

/**
 * The help of a group or a command.
 *
 * @param specs The group, and what its words name further, down to this command.
 */
export function commandHelp(specs: readonly CommandSpec[], look: HelpLook): string {
  const spec = specs.at(-1)!;
  const path = specs.map(({ name }) => name).join(" ");
  const inherited = specs.slice(0, -1).reverse().flatMap(({ options = [] }) => options);
  const { args = [], options = [], examples = [], commands = [] } = spec;
  const takes = args.map(({ name }) => name);
  const usage = [`crosstown ${withAlias(path, spec)}`, "[options]"];
  if (commands.length > 0) usage.push("[command]");
  const after: string[] = [];
  if (examples.length > 0) after.push(examplesText(examples));
  else if (commands.length > 0) {
    const first = `crosstown ${path} ${commands[0].name} --help`;
    after.push(`Each command has its options and examples: ${first}`);
  }
  if (spec.dryRun) after.push(DRY_RUN_TEXT);
  return shown(look, {
    usage: [...usage, ...takes].join(" "),
    description: flowing(spec.description ?? spec.summary) + (spec.lines ? NDJSON : ""),
    args: args.map(({ name, summary }): Item => [name.replace(/[<>[\].]/g, ""), summary]),
    options: [...options, HELP_OPTION].map(optionItem),
    globals: [...inherited, ...GLOBAL_OPTIONS, VERSION_OPTION].map(optionItem),
    commands: [
      ...commands.map(commandItem),
      // A command that also runs by itself would take the word as its argument.
      ...commands.length > 0 && spec.run === undefined ? [HELP_COMMAND] : [],
    ],
    after,
  });
}

/** The parts of a help, in their order. */
interface Parts {
  readonly usage: string;
  readonly description: string;
  readonly args: readonly Item[];
  readonly options: readonly Item[];
  readonly globals: readonly Item[];
  readonly commands: readonly Item[];
  /** Paragraphs at the end. */
  readonly after: readonly string[];
}

function shown({ bold, columns }: HelpLook, parts: Parts): string {
  const width = Math.min(columns, MAX_COLUMNS);
  const lists = [
    { title: "Arguments:", items: parts.args },
    { title: "Options:", items: parts.options },
    { title: "Global Options:", items: parts.globals },
    { title: "Commands:", items: parts.commands },
  ].filter(({ items }) => items.length > 0);
  const terms = lists.flatMap(({ items }) => items.map(([term]) => term.length));
  const termWidth = Math.max(...terms);
  return [
    `${bold("Usage:")} ${parts.usage}`,
    wrapped(parts.description, width),
    ...lists.map(({ title, items }) =>
      [bold(title), ...items.map((item) => itemText(item, termWidth, width))].join("\n")
    ),
    ...parts.after,
  ].join("\n\n") + "\n";
}

function itemText([term, meaning]: Item, termWidth: number, width: number): string {
  const before = INDENT + termWidth + GAP;
  const text = wrapped(meaning, width - before).replaceAll("\n", `\n${" ".repeat(before)}`);
  return (" ".repeat(INDENT) + term).padEnd(before) + text;
}

/** The same text with line breaks between words, so that its lines fit. */
function wrapped(text: string, width: number): string {
  if (width < MIN_COLUMNS) return text;
  const lines = text.split("\n").map((line) => {
    const rows: string[] = [];
    let row = "";
    for (const word of line.match(/\s*\S+/g) ?? []) {
      if (row === "" || row.length + word.length <= width) row += word;
      else {
        rows.push(row);
        row = word.trimStart();
      }
    }
    return [...rows, row].join("\n");
  });
  return lines.join("\n");
}

function optionItem({ flags, summary, choices, default: preset, repeat }: OptionSpec): Item {
  const more = [
    ...choices ? [`choices: ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`] : [],
    ...preset !== undefined ? [`default: ${JSON.stringify(repeat ? [preset] : preset)}`] : [],
  ];
  return [flags, more.length === 0 ? summary : `${summary} (${more.join(", ")})`];
}

function commandItem(spec: CommandSpec): Item {
  const term = [withAlias(spec.name, spec)];
  if (spec.options?.length) term.push("[options]");
  return [[...term, ...(spec.args ?? []).map(({ name }) => name)].join(" "), spec.summary];
}

/** People see the first alias only. */
function withAlias(path: string, { aliases = [] }: CommandSpec): string {
  return aliases.length === 0 ? path : `${path}|${aliases[0]}`;
}

/** Joins the lines of a description, because line breaks in the source do not fit the terminal's width. Empty lines stay. */
function flowing(description: string): string {
  return description.replace(/(?<!\n)\n(?!\n)/g, " ");
}

function examplesText(examples: readonly ExampleSpec[]): string {
  const lines = examples.map(({ command, note }) =>
    note ? [`  ${command}`, `# ${note}`] : [`  ${command}`]
  );
  return `Examples:\n${alignedText(lines)}`;
}
