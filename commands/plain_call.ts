/**
 * Reads a plain command line: words and declared options, each with its value after a space. Most command lines are plain, and reading one
 * here saves loading the parser (commander) and the modules of Node that it needs. Anything else is left to the parser: help, mistakes,
 * `--name=value`, short flags, `--`. What is read here means exactly what the parser would read.
 *
 * @module
 */
import { childOf, type CommandSpec } from "../shell/command.ts";
import { GLOBAL_OPTIONS } from "../shell/globals.ts";
import type { OptionSpec } from "../shell/option_spec.ts";

/** A parsed command line: the command's specification and the parsed values. */
export interface Call {
  readonly spec: CommandSpec;
  /** The command's full name, `job submit`. */
  readonly path: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** The call of a plain command line of this group; null if the parser has to read it. */
export function plainCall(group: CommandSpec, line: readonly string[]): Call | null {
  const globals = new Values(GLOBAL_OPTIONS);
  const words: string[] = [];
  let [spec, path] = [group, group.name];
  let options: Values | null = null;
  let named = false;
  for (let at = 0; at < line.length; at++) {
    const token = line[at];
    if (!token.startsWith("-")) {
      const child = options === null && words.length === 0 ? childOf(spec, token) : undefined;
      if (!named) {
        if (token !== group.name) return null;
        named = true;
      } else if (child !== undefined) [spec, path] = [child, `${path} ${child.name}`];
      else words.push(token);
      continue;
    }
    // The parser takes every flag that all commands have before the command's own.
    let of: Values = globals;
    if (!globals.has(token)) of = options ??= new Values(spec.options ?? []);
    if (!named || !of.has(token)) return null;
    const taken = of.take(token, line[at + 1]);
    if (taken === null) return null;
    at += taken;
  }
  if (!named || spec.run === undefined || spec.commands?.length && (words.length > 0 || options)) {
    return null;
  }
  const args = argsOf(spec, words);
  if (args === null) return null;
  options ??= new Values(spec.options ?? []);
  if (options.negated) return null;
  return { spec, path, args, options: options.all(), globals: globals.all() };
}

/** The arguments by name; null where one is missing or too many are there. */
function argsOf(
  { args = [] }: CommandSpec,
  words: readonly string[],
): Readonly<Record<string, unknown>> | null {
  const found: Record<string, unknown> = {};
  let next = 0;
  for (const { name } of args) {
    if (name.startsWith("<") && next >= words.length) return null;
    const isList = name.includes("...");
    found[attributeOf(name.replace(/[<>[\].]/g, ""))] = isList ? words.slice(next) : words[next];
    next = isList ? words.length : next + 1;
  }
  return next >= words.length ? found : null;
}

/** The values of declared options, as a command line gives them. */
class Values {
  readonly #specs = new Map<string, { readonly name: string; readonly spec: OptionSpec }>();
  readonly #values: Record<string, unknown> = {};
  readonly #given = new Set<string>();
  /** Whether one of the options is `--no-NAME`, which the parser reads as the end of another one. */
  readonly negated: boolean = false;

  constructor(specs: readonly OptionSpec[]) {
    for (const spec of specs) {
      const flag = /--[a-z0-9-]+/.exec(spec.flags)![0];
      const name = attributeOf(flag.slice(2));
      this.#specs.set(flag, { name, spec });
      if (flag.startsWith("--no-")) this.negated = true;
      if (spec.default !== undefined) {
        this.#values[name] = spec.repeat ? [spec.default] : spec.default;
      }
    }
  }

  has(flag: string): boolean {
    return this.#specs.has(flag);
  }

  /** Takes an option, and returns how many tokens its value has; null if the parser has to read it. */
  take(flag: string, next: string | undefined): 0 | 1 | null {
    const { name, spec } = this.#specs.get(flag)!;
    if (!spec.flags.includes("<")) {
      this.#values[name] = true;
      return 0;
    }
    if (next === undefined || next === "" || next.startsWith("-")) return null;
    if (spec.choices?.includes(next) === false) return null;
    const before = this.#given.has(name) ? this.#values[name] as readonly string[] : [];
    this.#values[name] = spec.repeat ? [...before, next] : next;
    this.#given.add(name);
    return 1;
  }

  all(): Readonly<Record<string, unknown>> {
    return this.#values;
  }
}

function attributeOf(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
