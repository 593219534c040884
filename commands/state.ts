/**
 * `crosstown state`: the file in which this home keeps its jobs, packets and journal.
 *
 * @module
 */
import type { CommandSpec } from "./command.ts";

/** `crosstown state check|compact|recover`. */
export const command: CommandSpec = {
  name: "state",
  summary: "the home's own records: check",
  commands: [
    {
      name: "check",
      summary: "look at everything that is stored; exit 1 when something is wrong",
      description:
        "Pages and indexes of state.db, every hash of the journal, the signatures over it, sums and the rules of money.\n" +
        "Changes nothing, needs no network, and may run beside a daemon.",
      examples: [
        { command: "crosstown state check" },
        { command: "crosstown state check --output json", note: "for programs" },
      ],
      run: async (invocation) => await (await import("./state_check.ts")).stateCheck(invocation),
    },
  ],
};
