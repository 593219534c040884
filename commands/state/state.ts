/**
 * `crosstown state`: the file in which this home keeps its jobs, packets and journal.
 *
 * @module
 */
import type { CommandSpec } from "../shell/command.ts";

/** `crosstown state check|compact|quarantine|recover`. */
export const command: CommandSpec = {
  name: "state",
  summary: "the home's own records: check, compact, quarantine, recover",
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
      effect: "reads",
      run: async (invocation) => await (await import("./state_check.ts")).stateCheck(invocation),
    },
    {
      name: "compact",
      summary: "remove what is over for longer than state.keep_days, and give its space back",
      description:
        "Finished jobs, packets with an outcome, seen events, ended transactions, and journal entries that stand in git.\n" +
        "Sums, channels and whatever is still open stay. A daemon does it by itself once a day; --dry-run only counts.",
      examples: [
        { command: "crosstown state compact --dry-run" },
        { command: "crosstown state compact" },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./state_compact.ts")).stateCompact(invocation),
    },
    {
      name: "quarantine",
      summary: "documents that ended a stage twice and were set aside: list, show, retry",
      commands: [
        {
          name: "list",
          summary: "what was set aside, the newest first",
          examples: [{ command: "crosstown state quarantine list" }],
          effect: "reads",
          run: async (invocation) =>
            await (await import("./state_quarantine.ts")).quarantineList(invocation),
        },
        {
          name: "show",
          summary: "one document, with everything that a terminal would obey made visible",
          args: [{ name: "<id>", summary: "its number in the list" }],
          examples: [{ command: "crosstown state quarantine show 3" }],
          effect: "reads",
          run: async (invocation) =>
            await (await import("./state_quarantine.ts")).quarantineShow(invocation),
        },
        {
          name: "retry",
          summary: "have a document of the relay go through its stages once more",
          description:
            "It goes through when a daemon of this home starts next: stop a running one first. A document that ends the stages " +
            "again is set aside anew.",
          args: [{ name: "<id>", summary: "its number in the list" }],
          examples: [{ command: "crosstown state quarantine retry 3" }],
          effect: "changes",
          run: async (invocation) =>
            await (await import("./state_quarantine.ts")).quarantineRetry(invocation),
        },
      ],
    },
    {
      name: "recover",
      summary:
        "rebuild what is lost or damaged: the store from git, git from the store, both from the chain",
      description:
        "Looks what is whole and takes the best source by itself. The old files are moved into set-aside, never deleted, and " +
        "what could not be had back is named. Channels sign nothing until the other side has proved what was signed last. " +
        "With --dry-run nothing is changed.",
      options: [{
        flags: "--from <source>",
        summary:
          "git: the store from git and the payment log; journal: git from the store; chain: what is left",
        choices: ["git", "journal", "chain"],
      }],
      examples: [
        { command: "crosstown state recover --dry-run" },
        { command: "crosstown state recover --from git --yes" },
      ],
      dryRun: true,
      effect: "changes",
      run: async (invocation) =>
        await (await import("./state_recover.ts")).stateRecover(invocation),
    },
  ],
};
