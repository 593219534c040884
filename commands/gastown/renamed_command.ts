/**
 * Commands under the names that Gas Town uses for what they do (docs/gastown.md#names-of-gas-town).
 *
 * @module
 */
import { type CommandSpec, renamed } from "../../shell/command.ts";
import { command as job } from "../job.ts";

/** The command of `crosstown job NAME`, with its commands, as `crosstown OTHER`; the summary names the other command. */
export function jobCommandAs(name: string, other: string, summary: string): CommandSpec {
  const spec = job.commands?.find((each) => each.name === name);
  if (spec === undefined) throw new RangeError(`there is no command job ${name}`);
  return { ...named(spec, `job ${name}`, other), summary };
}

function named(spec: CommandSpec, path: string, other: string): CommandSpec {
  const { aliases: _none, ...rest } = spec;
  return {
    ...rest,
    name: other.split(" ").at(-1)!,
    ...spec.examples !== undefined && { examples: renamed(spec.examples, path, other) },
    ...spec.commands !== undefined && {
      commands: spec.commands.map((each) =>
        named(each, `${path} ${each.name}`, `${other} ${each.name}`)
      ),
    },
  };
}
