/**
 * `crosstown job sequence`: buys jobs one after the other; each can use the results of earlier ones.
 *
 * @module
 */
import type { CommandSpec } from "../../shell/command.ts";

const ID = {
  name: "<id>",
  summary: "sequence id, or a prefix that fits one sequence",
  values: "sequence",
} as const;

/** `crosstown job sequence run|status|wait|list|cancel`. */
export const sequenceCommand: CommandSpec = {
  name: "sequence",
  aliases: ["chain"],
  summary: "jobs one after the other: run, status, wait, list, cancel",
  commands: [
    {
      name: "run",
      summary: "run a sequence: buy its steps one after the other",
      description:
        "FILE is TOML or JSON (docs/sequences.md). It is checked as a whole before anything is bought.\n" +
        "Without --wait it ends when the first job is posted and paid. A daemon, 'job sequence wait' or 'job sequence status' continues it.\n" +
        "The same file, run again during its sequence or soon after its success, finds that sequence.",
      args: [{
        name: "<file>",
        summary:
          "the sequence, in TOML, or in JSON if the name ends in .json; - for standard input",
      }],
      options: [
        { flags: "--wait", summary: "wait until the sequence has ended" },
        {
          flags: "--budget <amount>",
          summary: "the most that all its jobs may cost; replaces the file's budget",
        },
        { flags: "--again", summary: "make a new sequence, even if the same one exists" },
      ],
      examples: [
        { command: "crosstown job sequence run fixtures/sequences/two_steps.toml --wait" },
        { command: "crosstown job sequence run build.toml --dry-run --output json" },
      ],
      dryRun: true,
      effect: "spends",
      run: async (invocation) => await (await import("./sequence_run.ts")).sequenceRun(invocation),
    },
    {
      name: "status",
      summary: "show the status of a sequence; continues it if no other process does",
      args: [ID],
      examples: [{ command: "crosstown job sequence status sequence-5abc123def --output json" }],
      effect: "spends",
      run: async (invocation) =>
        await (await import("./sequence_show.ts")).sequenceShow(invocation, "status"),
    },
    {
      name: "wait",
      summary: "continue a sequence until it has ended",
      args: [ID],
      examples: [{ command: "crosstown job sequence wait sequence-5abc123def" }],
      effect: "spends",
      run: async (invocation) =>
        await (await import("./sequence_show.ts")).sequenceShow(invocation, "wait"),
    },
    {
      name: "list",
      summary: "list the sequences of this home, newest first",
      options: [
        { flags: "--limit <count>", summary: "the most to show", default: "50" },
        { flags: "--status <status>", summary: "only those with this status", repeat: true },
      ],
      examples: [{ command: "crosstown job sequence list --status running --output csv" }],
      effect: "reads",
      run: async (invocation) =>
        await (await import("./sequence_show.ts")).sequenceList(invocation),
    },
    {
      name: "cancel",
      summary: "cancel a sequence, and the job that it waits for",
      description: "Payments are not returned, and the failure path does not run.",
      args: [ID],
      examples: [
        { command: "crosstown job sequence cancel sequence-5abc123def" },
        {
          command: "crosstown job sequence cancel sequence-5abc123def --dry-run",
          note: "what was paid and would be lost",
        },
      ],
      effect: "spends",
      dryRun: true,
      run: async (invocation) =>
        await (await import("./sequence_show.ts")).sequenceCancel(invocation),
    },
  ],
};
