/**
 * `crosstown job chain`: jobs one after the other, each fed by those before.
 *
 * @module
 */
import type { CommandSpec } from "../shell/command.ts";

const ID = { name: "<id>", summary: "chain id, or a prefix that fits one chain" };

/** `crosstown job chain run|status|wait|list|cancel`. */
export const chainCommand: CommandSpec = {
  name: "chain",
  summary: "jobs one after the other: run, status, wait, list, cancel",
  commands: [
    {
      name: "run",
      summary: "buy the steps of a chain, one after the other",
      description:
        "FILE is TOML or JSON (docs/chains.md). It is checked as a whole before anything is bought.\n" +
        "Without --wait it ends when the first job is posted and paid; a daemon, 'job chain wait' or 'job chain status' goes on.\n" +
        "The same file run again while its chain runs, or soon after it succeeded, gives that chain.",
      args: [{
        name: "<file>",
        summary: "the chain, TOML, or JSON where it ends in .json; - for standard input",
      }],
      options: [
        { flags: "--wait", summary: "wait until the chain has ended" },
        {
          flags: "--budget <amount>",
          summary: "the most that all its jobs may cost, in the place of the file's own",
        },
        { flags: "--again", summary: "a new chain, also where the same one is there" },
      ],
      examples: [
        { command: "crosstown job chain run fixtures/chains/two_steps.toml --wait" },
        { command: "crosstown job chain run build.toml --dry-run --output json" },
      ],
      dryRun: true,
      run: async (invocation) => await (await import("./job_chain_run.ts")).chainRun(invocation),
    },
    {
      name: "status",
      summary: "how a chain stands; goes on with it where nobody else does",
      args: [ID],
      examples: [{ command: "crosstown job chain status chain-5abc123def --output json" }],
      run: async (invocation) =>
        await (await import("./job_chain_show.ts")).chainShow(invocation, "status"),
    },
    {
      name: "wait",
      summary: "go on with a chain until it has ended",
      args: [ID],
      examples: [{ command: "crosstown job chain wait chain-5abc123def" }],
      run: async (invocation) =>
        await (await import("./job_chain_show.ts")).chainShow(invocation, "wait"),
    },
    {
      name: "list",
      summary: "the chains of this home, newest first",
      options: [
        { flags: "--limit <count>", summary: "at most so many", default: "50" },
        { flags: "--status <status>", summary: "in this state alone", repeat: true },
      ],
      examples: [{ command: "crosstown job chain list --status running --output csv" }],
      run: async (invocation) => await (await import("./job_chain_show.ts")).chainList(invocation),
    },
    {
      name: "cancel",
      summary: "give a chain up, and the job that it waits for",
      description: "What was paid is not returned, and the failure path does not run.",
      args: [ID],
      examples: [{ command: "crosstown job chain cancel chain-5abc123def" }],
      run: async (invocation) =>
        await (await import("./job_chain_show.ts")).chainCancel(invocation),
    },
  ],
};
