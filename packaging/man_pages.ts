/**
 * Man pages, made of what every command says of itself: `crosstown.1`, and one page for each group.
 *
 * @module
 */
import { join } from "node:path";
import { COMMANDS } from "../commands/command_table.ts";
import {
  type CommandFacts,
  commandTree,
  optionFacts,
} from "../commands/completion/command_tree.ts";
import { ENVIRONMENT } from "../config/environment.ts";
import { GLOBAL_OPTIONS } from "../shell/globals.ts";
import { readManifest } from "./program.ts";

type OptionFacts = CommandFacts["options"][number];

/** Writes the pages into `out`; gives their paths. */
export async function writeManPages(root: string, out: string): Promise<readonly string[]> {
  const { version } = await readManifest(root);
  await Deno.mkdir(out, { recursive: true });
  const paths = [];
  for (const [name, text] of manPages(await commandTree(COMMANDS), version)) {
    paths.push(join(out, name));
    await Deno.writeTextFile(paths.at(-1)!, text);
  }
  return paths;
}

/** Every page by the name of its file. Pure. */
export function manPages(
  tree: readonly CommandFacts[],
  version: string,
): ReadonlyMap<string, string> {
  const groups = tree.filter(({ path }) => !path.includes(" "));
  const pages = new Map([["crosstown.1", mainPage(groups, version)]]);
  for (const group of groups) {
    const commands = tree.filter(({ path }) =>
      path === group.path || path.startsWith(`${group.path} `)
    );
    pages.set(`crosstown-${group.path}.1`, groupPage(group, commands, version));
  }
  return pages;
}

function mainPage(groups: readonly CommandFacts[], version: string): string {
  return [
    head("crosstown", version),
    section("NAME"),
    `crosstown \\- ${roff("buy and sell compute over NIP-90 and Interledger")}`,
    section("SYNOPSIS"),
    "\\fBcrosstown\\fR [\\fIoptions\\fR] \\fIcommand\\fR ...",
    section("COMMANDS"),
    ...groups.flatMap(({ path, summary }) => item(`\\fBcrosstown\\-${roff(path)}\\fR(1)`, summary)),
    section("OPTIONS"),
    "Every command takes these.",
    ...GLOBAL_OPTIONS.map(optionFacts).flatMap(optionItem),
    section("ENVIRONMENT"),
    ...ENVIRONMENT.filter(({ meaning }) => meaning !== null)
      .flatMap(({ name, meaning }) => item(`\\fB${roff(name)}\\fR`, plain(meaning!))),
    section("EXIT STATUS"),
    ...item("0", "done"),
    ...item("1", "refused or failed"),
    ...item("2", "wrong use"),
    ...item("128 + n", "ended by signal n"),
    "",
  ].join("\n");
}

function groupPage(
  group: CommandFacts,
  commands: readonly CommandFacts[],
  version: string,
): string {
  const [only, ...others] = commands;
  return [
    head(`crosstown-${group.path}`, version),
    section("NAME"),
    `crosstown\\-${roff(group.path)} \\- ${roff(group.summary)}`,
    ...(others.length === 0 ? onlyCommand(only) : [
      section("SYNOPSIS"),
      `\\fBcrosstown ${roff(group.path)}\\fR \\fIcommand\\fR ...`,
      ...(group.description === group.summary
        ? []
        : [section("DESCRIPTION"), sentence(group.description)]),
      section("COMMANDS"),
      ...commands.filter(({ effect }) => effect !== null).flatMap(oneOfMany),
    ]),
    section("SEE ALSO"),
    "\\fBcrosstown\\fR(1)",
    "",
  ].join("\n");
}

/** The sections of a page about one command. */
function onlyCommand(command: CommandFacts): string[] {
  const options = [...argItems(command), ...command.options.flatMap(optionItem)];
  return [
    section("SYNOPSIS"),
    usageLine(command),
    section("DESCRIPTION"),
    sentence(command.description),
    ...(options.length === 0 ? [] : [section("OPTIONS"), ...options]),
    ...(command.examples.length === 0
      ? []
      : [section("EXAMPLES"), ...exampleLines(command).slice(1)]),
  ];
}

/** A command among those of its group. */
function oneOfMany(command: CommandFacts): string[] {
  return [
    `.SS ${roff(`crosstown ${command.path}`)}`,
    usageLine(command),
    ".PP",
    sentence(command.description),
    ...argItems(command),
    ...command.options.flatMap(optionItem),
    ...exampleLines(command),
  ];
}

function usageLine({ path, options, args }: CommandFacts): string {
  const words = [
    ...(options.length > 0 ? ["[options]"] : []),
    ...args.map(({ name, required }) => required ? `<${name}>` : `[${name}]`),
  ];
  return `\\fB${roff(`crosstown ${path}`)}\\fR ${roff(words.join(" "))}`.trimEnd();
}

function argItems({ args }: CommandFacts): string[] {
  return args.flatMap(({ name, summary }) => item(`\\fI${roff(name)}\\fR`, summary));
}

function exampleLines({ examples }: CommandFacts): string[] {
  return examples.flatMap(({ command, note }) => [
    ".PP",
    ...(note === undefined ? [] : [sentence(note)]),
    ".nf",
    `\\&    ${roff(command)}`,
    ".fi",
  ]);
}

function optionItem({ name, short, value, summary, default: fallback, choices }: OptionFacts) {
  const flag = `${short === null ? "" : `${short}, `}${name}`;
  const of = value === null ? "" : ` \\fI${roff(value)}\\fR`;
  const more = [
    ...(choices === null ? [] : [`one of ${choices.join(", ")}`]),
    ...(fallback === null ? [] : [`default: ${fallback}`]),
  ];
  return item(
    `\\fB${roff(flag)}\\fR${of}`,
    more.length === 0 ? summary : `${summary} (${more.join("; ")})`,
  );
}

function head(name: string, version: string): string {
  return `.TH ${roff(name).toUpperCase()} 1 "" "crosstown ${roff(version)}" "crosstown"`;
}

function section(name: string): string {
  return `.SH ${name}`;
}

function item(tag: string, text: string): string[] {
  return [".TP", tag, roff(text)];
}

function sentence(text: string): string {
  return text.split("\n").map((line) => roff(line.trim())).filter((line) => line !== "").join("\n");
}

/** Markdown of the tables, as people would say it. */
function plain(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");
}

/** Text that roff takes for nothing else. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^([.'])/gm, "\\&$1");
}
