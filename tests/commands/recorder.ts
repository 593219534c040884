/** Commands for the tests of `main()`. */
import type { CommandSpec, Invocation } from "../../shell/command.ts";

/** Records the arguments of its calls. */
export function recorder(extra: Partial<CommandSpec> = {}) {
  const calls: Invocation[] = [];
  const command: CommandSpec = {
    name: "job",
    summary: "jobs",
    commands: [{
      name: "submit",
      aliases: ["post"],
      summary: "post a job",
      args: [{ name: "<type>", summary: "what" }, { name: "[file...]", summary: "more" }],
      options: [
        { flags: "--param <k=v>", summary: "a parameter", repeat: true },
        { flags: "--timeout <seconds>", summary: "how long", default: "300" },
        { flags: "--max-price <amount>", summary: "at most" },
        { flags: "--wait", summary: "until done" },
      ],
      examples: [{ command: "crosstown job submit echo", note: "an example" }],
      run: (invocation) => {
        calls.push(invocation);
        return Promise.resolve();
      },
      ...extra,
    }],
  };
  return { calls, commands: [command] };
}

/** A command that fails with this error. */
export const failing = (error: unknown): CommandSpec => ({
  name: "x",
  summary: "fails",
  run: () => Promise.reject(error),
});
